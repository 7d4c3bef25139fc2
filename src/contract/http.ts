/** Value of the Allow header, the same for every path. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/**
 * Name of the header with the size of the whole image in bytes. API Gateway may rename Content-Length, but not this.
 */
export const IMAGE_SIZE_HEADER = 'X-Image-Size';

/**
 * Response headers that scripts of other origins may read.
 * https://fetch.spec.whatwg.org/#http-access-control-expose-headers
 */
export const EXPOSED_HEADERS: string = [
  'ETag',
  'Content-Length',
  'Content-Range',
  'Accept-Ranges',
  'Retry-After',
  IMAGE_SIZE_HEADER,
  'X-Request-Id',
  'Server-Timing',
].join(', ');

/** Request headers that scripts of other origins may send. */
export const REQUEST_HEADERS =
  'x-api-key, range, if-match, if-none-match, if-modified-since, if-unmodified-since, if-range';
