/** The value of Allow, on every path. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/** Bytes of the whole image, on every 200, 206 and HEAD response: API Gateway may remap Content-Length. */
export const IMAGE_SIZE_HEADER = 'X-Image-Size';

/** What scripts of other origins may read of a response. https://fetch.spec.whatwg.org/#http-access-control-expose-headers */
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

/** What scripts of other origins may send. */
export const REQUEST_HEADERS =
  'x-api-key, range, if-match, if-none-match, if-modified-since, if-unmodified-since, if-range';
