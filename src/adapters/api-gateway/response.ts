import { ImageError } from '../../domain/errors.ts';
import { formatHttpDate } from '../../domain/serving/http-date.ts';
import type { ImageBody } from '../../domain/serving/ports.ts';
import { isSvg, type Representation } from '../../domain/serving/representation.ts';
import type { Outcome } from '../../domain/serving/serve-image.ts';
import { ALLOWED_METHODS, describeProblem } from './problem.ts';
import type { GatewayRequest } from './request.ts';

/** An answer whose status and headers are decided, and whose body has not been read. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ImageBody | string | undefined;
  /** Of the body, in bytes. */
  readonly length: number;
  readonly error: ImageError | undefined;
}

/** The answer to a GET or HEAD, from what became of it. */
export const respondWith = (outcome: Outcome, request: GatewayRequest): GatewayResponse => {
  switch (outcome.kind) {
    case 'failed':
      return respondWithProblem(outcome.error, request);
    case 'not-modified':
      return { status: 304, headers: imageHeaders(outcome.image), body: undefined, length: 0, error: undefined };
    case 'image': {
      const { image, range, body } = outcome;
      const length = range === undefined ? image.size : range.last - range.first + 1;
      return {
        status: range === undefined ? 200 : 206,
        headers: {
          ...imageHeaders(image),
          'Content-Length': String(length),
          ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${image.size}` }),
        },
        body,
        length: body === undefined ? 0 : length,
        error: undefined,
      };
    }
  }
};

export const respondWithProblem = (error: ImageError, { requestId, method }: GatewayRequest): GatewayResponse => {
  const { status, headers, body } = describeProblem(error, requestId);
  const length = new TextEncoder().encode(body).length;
  return {
    status,
    headers: { ...headers, 'Content-Length': String(length) },
    body: method === 'HEAD' ? undefined : body,
    length: method === 'HEAD' ? 0 : length,
    error,
  };
};

/** The answer to the methods that ask for no image. */
export const respondToOtherMethod = (request: GatewayRequest): GatewayResponse => {
  if (request.method !== 'OPTIONS') {
    return respondWithProblem(new ImageError('method-not-allowed', `Use one of ${ALLOWED_METHODS}.`), request);
  }
  return {
    status: 204,
    headers: { Allow: ALLOWED_METHODS, 'Cache-Control': 'no-store' },
    body: undefined,
    length: 0,
    error: undefined,
  };
};

/** What lets scripts of other origins read the answers; nothing where no origin is configured. https://fetch.spec.whatwg.org/#http-cors-protocol */
export const corsHeaders = (
  origins: readonly string[],
  { origin, method }: GatewayRequest,
): Readonly<Record<string, string>> => {
  if (origins.length === 0) return {};
  const any = origins.includes('*');
  const vary: Record<string, string> = any ? {} : { Vary: 'Origin' };
  if (origin === undefined || !(any || origins.includes(origin))) return vary;
  const allowed = { ...vary, 'Access-Control-Allow-Origin': any ? '*' : origin };
  if (method !== 'OPTIONS') return { ...allowed, 'Access-Control-Expose-Headers': EXPOSED_HEADERS };
  return {
    ...allowed,
    'Access-Control-Allow-Methods': 'GET, HEAD',
    'Access-Control-Allow-Headers':
      'x-api-key, range, if-match, if-none-match, if-modified-since, if-unmodified-since, if-range',
    'Access-Control-Max-Age': '86400',
  };
};

const EXPOSED_HEADERS = 'ETag, Content-Length, Content-Range, Accept-Ranges, Retry-After, X-Request-Id, Server-Timing';

const imageHeaders = (image: Representation): Readonly<Record<string, string>> => ({
  'Content-Type': image.contentType,
  ...(image.contentEncoding === undefined ? {} : { 'Content-Encoding': image.contentEncoding }),
  'Cache-Control': image.cacheControl,
  'Accept-Ranges': 'bytes',
  ...(image.etag === undefined ? {} : { ETag: image.etag }),
  ...(image.lastModified === undefined ? {} : { 'Last-Modified': formatHttpDate(image.lastModified) }),
  ...(isSvg(image) ? { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox" } : {}),
});
