import { allowedOrigin, EXPOSED_HEADERS, IMAGE_SIZE_HEADER, NDJSON_TYPE, varyOf } from '../../contract/http.ts';
import { formatHttpDate } from '../../domain/serving/http-date.ts';
import type { ImageBody } from '../../domain/serving/ports.ts';
import { isSvg, type Representation } from '../../domain/serving/representation.ts';
import type { ImageOutcome } from '../../domain/serving/serve-image.ts';
import type { Page } from './listing.ts';
import { type AnsweredError, createProblem } from './problem.ts';
import type { GatewayRequest } from './request.ts';

/** The whole response, with all headers. The body of an image is not read yet. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ResponseBody;
}

export type ResponseBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  /** Text whose length is not known before its end. */
  | { readonly kind: 'chunks'; readonly chunks: AsyncIterable<string> | Iterable<string> }
  /** `length` is in bytes. */
  | { readonly kind: 'image'; readonly stream: ImageBody; readonly length: number };

/** Outcome of a request: the result of the use case, or one that the front door decides itself. */
export type Outcome =
  | ImageOutcome
  | { readonly kind: 'options' }
  | { readonly kind: 'page'; readonly page: Page }
  /** `lines` is the answer to a batch. */
  | { readonly kind: 'batch'; readonly lines: AsyncIterable<string> }
  | { readonly kind: 'failed'; error: AnsweredError };

/** Inputs of a response in addition to its outcome. */
export interface ResponseContext {
  readonly request: GatewayRequest;
  /** Milliseconds of each phase, for Server-Timing. */
  readonly phases: Readonly<Record<string, number>>;
  /** Origins whose scripts may read the response; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Value of the Allow header. */
  readonly methods: string;
}

export const createResponse = (outcome: Outcome, context: ResponseContext): HttpResponse => {
  const { request, phases, corsOrigins } = context;
  const { status, headers, body } = answer(outcome, context);
  return {
    status,
    headers: {
      ...headers,
      Vary: varyOf(corsOrigins.length > 0),
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': request.requestId,
      'Server-Timing': formatServerTiming(phases),
      ...corsHeaders(allowedOrigin(corsOrigins, request.origin)),
    },
    body,
  };
};

const answer = (outcome: Outcome, { request: { method, requestId }, methods }: ResponseContext): HttpResponse => {
  switch (outcome.kind) {
    case 'image':
      return answerImage(outcome);
    case 'not-modified':
      // A 304 includes Content-Type because API Gateway would otherwise add application/json.
      return { status: 304, headers: imageHeaders(outcome.image), body: NONE };
    case 'redirect':
      return { status: 307, headers: redirectHeaders(outcome), body: NONE };
    case 'options':
      return { status: 204, headers: { Allow: methods, ...NO_STORE }, body: NONE };
    case 'page': {
      const { contentType, link, chunks } = outcome.page;
      return {
        status: 200,
        headers: { 'Content-Type': contentType, ...NO_STORE, ...(link === undefined ? {} : { Link: link }) },
        body: method === 'HEAD' ? NONE : { kind: 'chunks', chunks },
      };
    }
    case 'batch':
      return {
        status: 200,
        headers: { 'Content-Type': NDJSON_TYPE, ...NO_STORE },
        body: { kind: 'chunks', chunks: outcome.lines },
      };
    case 'failed': {
      const { status, headers, text } = createProblem(outcome.error, requestId, methods);
      return {
        status,
        headers: { ...headers, 'Content-Length': String(byteLength(text)) },
        body: method === 'HEAD' ? NONE : { kind: 'text', text },
      };
    }
  }
};

const NONE: ResponseBody = { kind: 'none' };

/** The answer is outdated soon: a listing changes with the bucket, and a signed URL expires. */
const NO_STORE = { 'Cache-Control': 'no-store' };

export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

const answerImage = ({ image, range, body }: ImageOutcome & { readonly kind: 'image' }): HttpResponse => {
  const length = range === undefined ? image.size : range.last - range.first + 1;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...imageHeaders(image),
      'Content-Length': String(length),
      [IMAGE_SIZE_HEADER]: String(image.size),
      ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${image.size}` }),
    },
    body: body === undefined ? NONE : { kind: 'image', stream: body, length },
  };
};

const redirectHeaders = ({ image, location }: ImageOutcome & { readonly kind: 'redirect' }) => ({
  Location: location.url,
  ...NO_STORE,
  ...(image.etag === undefined ? {} : { ETag: image.etag }),
  [IMAGE_SIZE_HEADER]: String(image.size),
});

const imageHeaders = (image: Representation): Readonly<Record<string, string>> => ({
  'Content-Type': image.contentType,
  ...(image.contentEncoding === undefined ? {} : { 'Content-Encoding': image.contentEncoding }),
  'Cache-Control': image.cacheControl,
  'Accept-Ranges': 'bytes',
  ...(image.etag === undefined ? {} : { ETag: image.etag }),
  ...(image.lastModified === undefined ? {} : { 'Last-Modified': formatHttpDate(image.lastModified) }),
  ...(isSvg(image.contentType)
    ? { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox" }
    : {}),
});

/** Formats the Server-Timing header: https://www.w3.org/TR/server-timing/ */
const formatServerTiming = (phases: Readonly<Record<string, number>>): string =>
  Object.entries(phases)
    .map(([phase, milliseconds]) => `${phase};dur=${milliseconds.toFixed(1)}`)
    .join(', ');

/**
 * Headers that let scripts of the origin read the response. API Gateway itself answers preflight requests.
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
const corsHeaders = (origin: string | undefined): Readonly<Record<string, string>> =>
  origin === undefined
    ? {}
    : { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED_HEADERS };
