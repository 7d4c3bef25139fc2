/**
 * Value of the Allow header.
 *
 * @param acceptsBatches true for the root of a service that signs locations.
 */
export const allowedMethods = (acceptsBatches: boolean): string =>
  acceptsBatches ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS';

export const JSON_TYPE = 'application/json';

/** Media type of JSON values, one per line. */
export const NDJSON_TYPE = 'application/x-ndjson';

/**
 * Name of the header with the size of the whole image in bytes. API Gateway may rename Content-Length, but not this.
 */
export const IMAGE_SIZE_HEADER = 'X-Image-Size';

/** Name of the request header with the API key. */
const API_KEY_HEADER = 'x-api-key';

/**
 * Value of the Vary header. A cache does not know the key: without this header, a browser serves a cached image to a
 * request with a wrong key.
 *
 * @param cors whether scripts of other origins may read responses, which then depend on the Origin header as well.
 */
export const varyOf = (cors: boolean): string => (cors ? `Origin, ${API_KEY_HEADER}` : API_KEY_HEADER);

/**
 * Response headers that scripts of other origins may read.
 * https://fetch.spec.whatwg.org/#http-access-control-expose-headers
 */
export const EXPOSED_HEADERS: string = [
  'ETag',
  'Content-Range',
  'Accept-Ranges',
  'Retry-After',
  IMAGE_SIZE_HEADER,
  'X-Request-Id',
  'Server-Timing',
].join(', ');

/**
 * Value of Access-Control-Allow-Origin. Undefined if scripts of the origin may not read responses.
 *
 * @param origins that are allowed; `*` for all.
 */
export const allowedOrigin = (origins: readonly string[], origin: string | undefined): string | undefined =>
  origins.find((allowed) => allowed === '*' || allowed === origin);

/**
 * Headers of the response to a preflight request, in addition to Access-Control-Allow-Origin.
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 *
 * @param acceptsBatches true for the root of a service that signs locations.
 */
export const preflightHeaders = (acceptsBatches: boolean): Readonly<Record<string, string>> => ({
  Allow: allowedMethods(acceptsBatches),
  'Access-Control-Allow-Methods': acceptsBatches ? 'GET, HEAD, POST' : 'GET, HEAD',
  'Access-Control-Allow-Headers': [
    API_KEY_HEADER,
    'range',
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    ...(acceptsBatches ? ['content-type'] : []),
  ].join(', '),
  'Access-Control-Max-Age': '86400',
  Vary: 'Origin',
});
