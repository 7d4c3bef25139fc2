import { JSON_TYPE, NDJSON_TYPE } from '../../contract/http.ts';
import { ImageError, quote } from '../../domain/errors.ts';
import type { ListedImage, ListImages, ListingPart, ListRequest } from '../../domain/listing/list-images.ts';
import type { AbortSignalLike } from '../../domain/serving/ports.ts';
import type { GatewayRequest } from './request.ts';
import { formatTime } from './time.ts';

/** A page of a listing, in the format that the client accepts. */
export interface Page {
  readonly contentType: string;
  /** Value of the Link header; undefined on the last page, and if the page begins before its end is known. */
  readonly link: string | undefined;
  /** Rejects with an ImageError if the listing fails after its first part. */
  readonly chunks: AsyncIterable<string> | Iterable<string>;
}

export interface PageOptions {
  readonly listImages: ListImages;
  readonly signal: AbortSignalLike;
  /** Most bytes of the page. */
  readonly maxBytes: number;
  /** Whether lines can be sent as they arrive. */
  readonly streams: boolean;
  /** Called for each part of the page. */
  readonly onPart: (part: ListingPart) => void;
}

/**
 * Lists the images that the query asks for.
 *
 * @throws ImageError `invalid-request` or `invalid-cursor` for a wrong query, or an error of the store. All of them are
 * known before the page begins, except an error after the first part of a stream.
 */
export const createPage = async (request: GatewayRequest, options: PageOptions): Promise<Page> => {
  const isLines = accepts(request.accept, NDJSON_TYPE);
  const query = readQuery(request.query, isLines ? MAX_LINES : MAX_IMAGES);
  if (isLines && options.streams) {
    return { contentType: NDJSON_TYPE, link: undefined, chunks: await streamLines(query, options) };
  }
  const { images, next } = await collect(query, { ...options, maxBytes: options.maxBytes - MAX_ENVELOPE });
  const link = formatLink(request.query, next);
  return isLines
    ? { contentType: NDJSON_TYPE, link, chunks: [toLines(images), formatLastLine(next)] }
    : { contentType: JSON_TYPE, link, chunks: [`{"images":[${images.join(',')}],"next":${JSON.stringify(next)}}`] };
};

/** Most images of a page in JSON, which is complete before it is sent. */
const MAX_IMAGES = 10_000;
/** Most images of a page in lines. */
const MAX_LINES = 100_000;
const DEFAULT_LIMIT = 1_000;

/** Bytes of a page that are reserved for everything except its images. The cursor is the largest part. */
const MAX_ENVELOPE = 16_384;

type Query = Pick<ListRequest, 'prefix' | 'limit' | 'cursor'>;

const readQuery = (query: GatewayRequest['query'], maxLimit: number): Query => {
  for (const [name, { length }] of query) {
    if (!PARAMETERS.includes(name)) {
      throw invalid(
        `The parameter ${quote(name)} is unknown. The parameters of a listing are ${PARAMETERS.join(', ')}.`,
      );
    }
    if (length > 1) throw invalid(`The parameter ${name} occurs ${length} times. Send it once.`);
  }
  const [limit] = query.get('limit') ?? [String(DEFAULT_LIMIT)];
  if (!/^[1-9]\d{0,5}$/.test(limit as string) || Number(limit) > maxLimit) {
    throw invalid(
      `The limit is ${quote(limit as string)}, but must be a whole number from 1 to ${MAX_IMAGES}, or to ${MAX_LINES} with Accept: ${NDJSON_TYPE}.`,
    );
  }
  return { prefix: query.get('prefix')?.[0] ?? '', limit: Number(limit), cursor: query.get('cursor')?.[0] };
};

const PARAMETERS: readonly string[] = ['prefix', 'limit', 'cursor'];

const invalid = (message: string): ImageError => new ImageError('invalid-request', message);

interface Collected {
  /** Images in JSON. */
  readonly images: readonly string[];
  readonly next: string | null;
}

/** Reads a whole page. It ends in front of the first part that exceeds `maxBytes`. */
const collect = async (query: Query, options: PageOptions): Promise<Collected> => {
  const { listImages, signal, maxBytes, onPart } = options;
  const images: string[] = [];
  let next: string | null | undefined;
  let bytes = 0;
  for await (const part of listImages({ ...query, signal })) {
    const added = part.images.map(formatImage);
    // One more for the separator. Every character is ASCII.
    bytes += added.reduce((sum, { length }) => sum + length + 1, 0);
    if (bytes > maxBytes) {
      if (next === undefined) return collect({ ...query, limit: Math.ceil(added.length / 2) }, options);
      break;
    }
    images.push(...added);
    next = part.next;
    onPart(part);
  }
  return { images, next: next ?? null };
};

/** Starts a page in lines. Rejects if the first part fails. */
const streamLines = async (query: Query, options: PageOptions): Promise<AsyncIterable<string>> => {
  const parts = options.listImages({ ...query, signal: options.signal });
  const first = await parts.next();
  return (async function* () {
    let next: string | null | undefined;
    let bytes = MAX_ENVELOPE;
    for (let { done, value } = first; done !== true; { done, value } = await parts.next()) {
      const part = value as ListingPart;
      const lines = toLines(part.images.map(formatImage));
      bytes += lines.length;
      // The next page starts with this part.
      if (bytes > options.maxBytes && next !== undefined) break;
      options.onPart(part);
      next = part.next;
      if (lines !== '') yield lines;
    }
    yield formatLastLine(next ?? null);
  })();
};

const toLines = (images: readonly string[]): string => images.map((image) => `${image}\n`).join('');

/** Without this line, a page is truncated. */
const formatLastLine = (next: string | null): string => `${JSON.stringify({ next })}\n`;

const formatImage = ({ path, size, etag, lastModified }: ListedImage): string =>
  JSON.stringify({
    path,
    size,
    etag,
    lastModified: lastModified === undefined ? undefined : formatTime(lastModified),
  });

/**
 * Formats the link to the next page (RFC 8288). It is relative to the request, because callers reach the service under
 * different hosts and paths. A long one is left out: API Gateway allows 10,240 bytes for all headers together.
 */
const formatLink = (query: GatewayRequest['query'], next: string | null): string | undefined => {
  if (next === null) return undefined;
  const { prefix, limit } = Object.fromEntries(query);
  const parameters = Object.entries({ prefix, limit, cursor: [next] }).flatMap(
    ([name, values]) => values?.map((value) => `${name}=${encodeURIComponent(value)}`) ?? [],
  );
  const link = `<?${parameters.join('&')}>; rel="next"`;
  return link.length > MAX_LINK ? undefined : link;
};

const MAX_LINK = 4_096;

/** True if the Accept header names the media type, without the weight 0: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */
const accepts = (accept: string | undefined, mediaType: string): boolean =>
  (accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === mediaType && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
