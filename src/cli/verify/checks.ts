import { MAX_STREAMED_BYTES } from '../../adapters/api-gateway/handler.ts';
import { allowedMethods, IMAGE_SIZE_HEADER } from '../../contract/http.ts';
import type { Probe, VerifyCheck } from './check.ts';
import { invalidPath, missingPaths } from './derived-paths.ts';
import type { Exchange } from './exchange.ts';
import { bodyFault, headerFault, headerFaults, listFault, mustBeForbidden, originFault } from './faults.ts';
import { LISTING_CHECK } from './listing.ts';
import { REDIRECT_CHECK } from './redirect.ts';
import {
  describe,
  differs,
  judge,
  note,
  ok,
  problemCode,
  problemFaults,
  skipped,
  unexpected,
  type VerifyResult,
} from './result.ts';
import { SIGNED_LOCATIONS_CHECK } from './signed-locations.ts';

/** Lambda sends the first 6 MB of a response at full speed, API Gateway the first 10 MB. */
const LARGE = 6 * 1024 * 1024;
const LARGER = 10 * 1024 * 1024;

/** Bytes of the parts of a large image. They fit into a buffered response. */
const PART = 4_000_000;

/** The checks in the order in which they run. */
export const VERIFY_CHECKS: readonly VerifyCheck[] = [
  {
    name: 'get',
    expected:
      'Two GET requests return 200, a media type `image/*`, and the same bytes, as many as `X-Image-Size` says.',
    meaning: 'Clients get no image, or not the bytes of the object.',
    fix: 'Give an ordinary image as the first --sample. If it is one, look for a proxy or CDN that changes responses.',
    needsImage: false,
    run: async (probe, { image }) => {
      const failed = unexpected(image, 200);
      if (failed !== undefined) return failed;
      const again = await probe.send();
      const { [SIZE]: size = 'missing', 'content-type': type = 'missing' } = image.headers;
      return (
        unexpected(again, 200) ??
        judge(
          [
            type.startsWith('image/') ? undefined : `Content-Type is ${type}`,
            size === String(image.bytes.length)
              ? undefined
              : `${IMAGE_SIZE_HEADER} is ${size}, but ${image.bytes.length} bytes arrived`,
            image.bytes.equals(again.bytes) ? undefined : 'the two responses have different bytes',
            image.bytes.length === 0 ? 'the image is empty' : undefined,
          ],
          `${type}, ${image.bytes.length} bytes, twice`,
        )
      );
    },
  },
  {
    name: 'key-required',
    expected: 'A request without a key, or with a wrong one, gets 403 and the problem document `forbidden`.',
    meaning: 'Requests without the key are accepted, or clients cannot read why they are denied.',
    fix: 'Deploy the API stack again: it requires the key for every method and sets the gateway responses.',
    needsImage: false,
    run: async (probe) => {
      const [none, wrong] = await Promise.all([probe.send({ key: 'none' }), probe.send({ key: 'wrong' })]);
      return (
        mustBeForbidden(none) ??
        mustBeForbidden(wrong) ??
        judge([...problemFaults(none, 'forbidden'), ...problemFaults(wrong, 'forbidden')], '403 forbidden')
      );
    },
  },
  {
    name: 'head',
    expected: 'HEAD returns 200 with the headers of GET and no body, and the response ends.',
    meaning: 'Something between the service and the client changes the responses to HEAD.',
    fix: 'Look for a proxy or CDN in front of the API. Until it is found, read the headers with GET and Range.',
    needsImage: true,
    run: async (probe, { image }) => {
      const head = await probe.sendWithoutBody({ method: 'HEAD' });
      return (
        unexpectedWithoutBody(head, 200) ??
        judge([bodyFault(head), ...headerFaults(head, image, REPRESENTATION_HEADERS)], ended(head))
      );
    },
  },
  {
    name: 'not-modified',
    expected: '`If-None-Match` with the ETag of the image returns 304 without a body, and the response ends.',
    meaning: 'Clients that have the image download it again, or get wrong headers for it.',
    fix: 'Look for a proxy or CDN in front of the API that drops If-None-Match or ETag.',
    needsImage: true,
    run: async (probe, { image }) => {
      const { etag } = image.headers;
      if (etag === undefined || !/^[\x21-\x7e]+$/.test(etag)) return differs('the response to GET has no valid ETag');
      const answer = await probe.sendWithoutBody({ headers: { 'if-none-match': etag } });
      return (
        unexpectedWithoutBody(answer, 304) ??
        judge([bodyFault(answer), ...headerFaults(answer, image, VALIDATION_HEADERS)], ended(answer))
      );
    },
  },
  {
    name: 'range',
    expected: '`Range` returns 206 with `Content-Range`, and exactly these bytes.',
    meaning: 'Clients cannot continue a download, and cannot fetch a large image in parts.',
    fix: 'Look for a proxy or CDN in front of the API that drops Range or Content-Range.',
    needsImage: true,
    run: (probe, { image: { bytes } }) => {
      const first = Math.floor(bytes.length / 3);
      const last = Math.min(first + 999, bytes.length - 1);
      return checkRange(probe, bytes, `bytes=${first}-${last}`, first, last);
    },
  },
  {
    name: 'suffix-range',
    expected: '`Range: bytes=-n` returns 206 with the last n bytes.',
    meaning: 'Clients cannot read the end of an image.',
    fix: 'Look for a proxy or CDN in front of the API that drops Range or Content-Range.',
    needsImage: true,
    run: (probe, { image: { bytes } }) => {
      const length = Math.min(100, bytes.length);
      return checkRange(probe, bytes, `bytes=-${length}`, bytes.length - length, bytes.length - 1);
    },
  },
  {
    name: 'range-not-satisfiable',
    expected: 'A range after the end returns 416, and `Content-Range` has the size.',
    meaning: 'A client that asks for too much cannot learn the size.',
    fix: 'Look for a proxy or CDN in front of the API that drops Range or Content-Range.',
    needsImage: true,
    run: async (probe, { image: { bytes } }) => {
      const answer = await probe.send({ headers: { range: `bytes=${bytes.length}-` } });
      return (
        unexpected(answer, 416) ??
        judge(
          [
            ...problemFaults(answer, 'range-not-satisfiable'),
            headerFault(answer, 'Content-Range', `bytes */${bytes.length}`),
          ],
          `416, bytes */${bytes.length}`,
        )
      );
    },
  },
  {
    name: 'precondition-failed',
    expected: '`If-Match` with another ETag returns 412 and the problem document `precondition-failed`.',
    meaning: 'A client that continues a download may mix the bytes of two versions.',
    fix: 'Look for a proxy or CDN in front of the API that drops If-Match.',
    needsImage: true,
    run: async (probe) => {
      const answer = await probe.send({ headers: { 'if-match': '"verify"' } });
      return unexpected(answer, 412) ?? judge(problemFaults(answer, 'precondition-failed'), '412');
    },
  },
  {
    name: 'missing-image',
    expected: 'A path without an image returns 404 and the problem document `image-not-found`.',
    meaning: 'Clients cannot tell a missing image from a failure.',
    fix: 'Look at the response with curl, and for a proxy or CDN in front of the API that replaces it.',
    needsImage: false,
    run: async (probe, { samples: [sample] }) => {
      for (const path of missingPaths(sample)) {
        const answer = await probe.send({ path });
        // An image may exist at the derived path, or no route matches it.
        const isUseless = answer.status === 200 || problemCode(answer) === 'unknown-path';
        if (answer.end === 'complete' && isUseless) continue;
        return unexpected(answer, 404) ?? judge(problemFaults(answer, 'image-not-found'), `404 for ${path}`);
      }
      return note(`no path without an image could be derived from ${sample}`);
    },
  },
  {
    name: 'invalid-path',
    expected: 'A path with an encoded slash returns 400 and the problem document `invalid-path`.',
    meaning: 'Something decodes the path before the service reads it, so names with escapes reach another key.',
    fix: 'Look for a proxy or CDN in front of the API that decodes or normalises paths.',
    needsImage: false,
    run: async (probe, { samples: [sample] }) => {
      const path = invalidPath(sample);
      const answer = await probe.send({ path });
      // For any other status, the explanation of this check says more than that of the status.
      if (answer.end === 'complete' && answer.status !== 400) return differs(describe(answer));
      return unexpected(answer, 400) ?? judge(problemFaults(answer, 'invalid-path'), `400 for ${path}`);
    },
  },
  {
    name: 'method-not-allowed',
    expected: 'POST returns 405 with `Allow` and the problem document `method-not-allowed`.',
    meaning: 'Another service answers, or methods that the service does not have are accepted.',
    fix: 'Check the URL, and look for a proxy or CDN in front of the API.',
    needsImage: false,
    run: async (probe) => {
      const answer = await probe.send({ method: 'POST', headers: { 'content-length': '0' } });
      return (
        unexpected(answer, 405) ??
        judge(
          [...problemFaults(answer, 'method-not-allowed'), headerFault(answer, 'Allow', allowedMethods(false))],
          `405, Allow: ${allowedMethods(false)}`,
        )
      );
    },
  },
  {
    name: 'options',
    expected: 'OPTIONS with the key returns 204 without a body, names the methods, and the response ends.',
    meaning: 'Clients cannot ask which methods the service has.',
    fix: 'Deploy the API stack again, and look for a proxy or CDN in front of the API.',
    needsImage: false,
    run: async (probe) => {
      const answer = await probe.sendWithoutBody({ method: 'OPTIONS' });
      const methods = answer.headers['allow'] ?? answer.headers['access-control-allow-methods'];
      return (
        unexpectedWithoutBody(answer, 204) ??
        judge([bodyFault(answer), methods === undefined ? 'Allow is missing' : undefined], ended(answer))
      );
    },
  },
  {
    name: 'preflight',
    expected:
      'A preflight request of the `--origin`, without a key, returns 204 and allows GET with `x-api-key` and `Range`.',
    meaning: 'Browsers do not send the requests of scripts of this origin.',
    fix: 'Add the origin to corsOrigins, exactly as browsers send it, and deploy the API stack again.',
    needsImage: false,
    run: async (probe, { origin }) => {
      if (origin === undefined) return skipped(NO_ORIGIN);
      const headers = {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'range,x-api-key',
      };
      const answer = await probe.sendWithoutBody({ method: 'OPTIONS', key: 'none', headers });
      if (answer.end === 'complete' && answer.status === 403) return differs(describe(answer));
      return (
        unexpectedWithoutBody(answer, 204) ??
        judge(
          [
            bodyFault(answer),
            originFault(answer, origin),
            listFault(answer, 'Access-Control-Allow-Methods', 'GET'),
            listFault(answer, 'Access-Control-Allow-Headers', 'x-api-key'),
            listFault(answer, 'Access-Control-Allow-Headers', 'range'),
          ],
          ended(answer),
        )
      );
    },
  },
  {
    name: 'cors',
    expected: 'Scripts of the `--origin` may read a GET response and its `X-Image-Size`.',
    meaning: 'Scripts of this origin cannot read the images.',
    fix: 'Add the origin to corsOrigins, exactly as browsers send it, and deploy the API stack again.',
    needsImage: true,
    run: async (probe, { origin }) => {
      if (origin === undefined) return skipped(NO_ORIGIN);
      const answer = await probe.send({ headers: { origin } });
      const isForAll = answer.headers['access-control-allow-origin'] === '*';
      return (
        unexpected(answer, 200) ??
        judge(
          [
            originFault(answer, origin),
            listFault(answer, 'Access-Control-Expose-Headers', IMAGE_SIZE_HEADER),
            isForAll ? undefined : listFault(answer, 'Vary', 'Origin'),
          ],
          `Access-Control-Allow-Origin: ${isForAll ? '*' : origin}`,
        )
      );
    },
  },
  {
    name: 'framing',
    expected: 'A response says where it ends: it is chunked, or has a `Content-Length`.',
    meaning: 'A client cannot tell a truncated image from a complete one by its transfer.',
    fix: 'Compare the number of bytes with X-Image-Size, and look for a proxy that speaks HTTP/1.0.',
    needsImage: true,
    run: async (_, { image: { framing } }) =>
      framing === 'end of connection' ? differs('the body ends with the connection') : note(framing),
  },
  {
    name: 'content-length',
    expected: '`X-Image-Size` arrives with GET and HEAD. `Content-Length` may be missing or renamed.',
    meaning: 'Clients cannot learn the size of an image before they read it.',
    fix: 'Look for a proxy or CDN in front of the API that drops X-Image-Size.',
    needsImage: true,
    run: async (probe, { image }) => {
      const head = await probe.sendWithoutBody({ method: 'HEAD' });
      const failed = unexpectedWithoutBody(head, 200);
      if (failed !== undefined) return failed;
      const size = String(image.bytes.length);
      const faults = [image, head].map((answer) => headerFault(answer, IMAGE_SIZE_HEADER, size));
      const fault = faults.find((text) => text !== undefined);
      return fault === undefined
        ? note(`GET has ${lengthHeaders(image)}; HEAD has ${lengthHeaders(head)}`)
        : differs(fault);
    },
  },
  {
    name: 'vary',
    expected: '`Vary` of an image names `x-api-key`.',
    meaning: 'A browser that has cached an image shows it to a request with a wrong key.',
    fix: 'Deploy this version of the service, and look for a proxy or CDN in front of the API that drops Vary.',
    needsImage: true,
    run: async (_, { image }) => judge([listFault(image, 'Vary', 'x-api-key')], `Vary: ${image.headers['vary']}`),
  },
  {
    name: 'samples',
    expected: 'The further samples can be read, and `X-Image-Size` says how large they are.',
    meaning: 'The checks of empty and large images cannot use these samples.',
    fix: 'Choose paths of images that exist.',
    needsImage: false,
    run: async (_, { others }) => {
      if (others.length === 0) return skipped('only one sample was given; add an empty and a large one with --sample');
      return judge(
        others.map(({ path, size, exchange }) =>
          size === undefined ? `${path}: ${describe(exchange)}, without a size` : undefined,
        ),
        others.map(({ path, size }) => `${path}: ${size} bytes`).join(', '),
      );
    },
  },
  {
    name: 'empty-image',
    expected: 'An empty image returns 200 without bytes, and the response ends.',
    meaning: 'Clients wait for an image that has no bytes.',
    fix: 'Look for a proxy or CDN in front of the API, and delete empty objects from the bucket.',
    needsImage: false,
    run: async (probe, { others }) => {
      const sample = others.find(({ size }) => size === 0);
      if (sample === undefined) return skipped('no empty sample was given; add one with --sample');
      const answer = await probe.send({ path: sample.path });
      return (
        unexpectedWithoutBody(answer, 200) ??
        judge([bodyFault(answer), headerFault(answer, IMAGE_SIZE_HEADER, '0')], ended(answer))
      );
    },
  },
  {
    name: 'large-image',
    expected:
      'Images above 6 and 10 MB arrive complete, and equal their ranges. In buffered mode, and above 200 MB, they return 413 and only their ranges arrive.',
    meaning: 'Large images do not arrive, or not as they are.',
    fix: 'Fetch large images in parts with Range, and compare the limits in docs/deploy.md.',
    needsImage: false,
    extraTime: ({ others }) => others.reduce((sum, { size = 0 }) => sum + Math.min(size, MAX_STREAMED_BYTES), 0) / 1000,
    run: async (probe, { others }) => {
      const large = others.filter(({ size = 0 }) => size > LARGE);
      if (large.length === 0) return skipped('no sample above 6 MB was given; add one with --sample');
      const seen: string[] = [];
      for (const { path, size = 0 } of large) {
        const result = await checkLargeImage(probe, path, size);
        if (typeof result !== 'string') return result;
        seen.push(result);
      }
      if (large.every(({ size = 0 }) => size <= LARGER)) seen.push('no sample above 10 MB was given');
      const isWhole = seen.every((text) => text.endsWith(WHOLE));
      return isWhole ? ok(seen.join('; ')) : note(seen.join('; '));
    },
  },
  LISTING_CHECK,
  SIGNED_LOCATIONS_CHECK,
  REDIRECT_CHECK,
  {
    name: 'throttled',
    expected:
      'Some of `--burst` concurrent requests get 429, a problem document and `Retry-After`. All others succeed.',
    meaning: 'The service fails under load instead of throttling, or clients cannot read why.',
    fix: 'Deploy the API stack again. If requests fail with 5xx, look for the alarms of the stack.',
    needsImage: true,
    // Each request opens a connection.
    extraTime: ({ burst = 0 }) => burst * 20,
    run: async (probe, { burst }) => {
      if (burst === undefined) return skipped('sends many requests only with --burst <number>');
      const requests = Array.from({ length: burst }, () => probe.send({ headers: { range: 'bytes=0-0' } }));
      const answers = await Promise.all(requests);
      const failed = answers.find(({ status, end }) => end !== 'complete' || (status !== 206 && status !== 429));
      if (failed !== undefined) return unexpected(failed, 206) ?? differs(describe(failed));
      const throttled = answers.filter(({ status }) => status === 429);
      if (throttled.length === 0) return note(`no request of ${burst} was throttled; try a larger number`);
      const faults = throttled.flatMap((answer) =>
        problemFaults(answer, problemCode(answer) === 'quota-exceeded' ? 'quota-exceeded' : 'throttled'),
      );
      return judge([faults.find((fault) => fault !== undefined)], `${throttled.length} of ${burst} requests got 429`);
    },
  },
];

const SIZE = IMAGE_SIZE_HEADER.toLowerCase();
const NO_ORIGIN = 'no origin was given; add --origin <origin> if corsOrigins is set';
const WHOLE = 'bytes, complete and in ranges';

/** Headers that describe the image and do not depend on the method. */
const REPRESENTATION_HEADERS: readonly string[] = [
  'Content-Type',
  'Content-Encoding',
  'Cache-Control',
  'Accept-Ranges',
  'ETag',
  'Last-Modified',
  IMAGE_SIZE_HEADER,
  'Vary',
  'X-Content-Type-Options',
  'Content-Security-Policy',
];

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5, and Content-Type, because API Gateway adds a wrong one. */
const VALIDATION_HEADERS: readonly string[] = ['ETag', 'Cache-Control', 'Vary', 'Content-Type'];

/** Like `unexpected`, with the explanation of a response without a body that never ends. */
const unexpectedWithoutBody = (answer: Exchange, status: number): VerifyResult | undefined =>
  answer.end === 'timeout'
    ? differs(describe(answer), {
        meaning:
          'A response without a body does not end. Others have seen this on Lambda with streamed responses: each such request occupies the function until its timeout.',
        fix: 'Set responseMode to buffered and deploy the API stack. If it is buffered already, run again with a longer --timeout.',
      })
    : unexpected(answer, status);

const ended = ({ status, milliseconds }: Exchange): string => `${status}, ended after ${Math.round(milliseconds)} ms`;

const lengthHeaders = ({ headers }: Exchange): string => {
  const found = ['content-length', 'x-amzn-remapped-content-length'].filter((name) => headers[name] !== undefined);
  return found.length === 0 ? 'no Content-Length' : found.map((name) => `${name}: ${headers[name]}`).join(', ');
};

const rangeFaults = (
  answer: Exchange,
  first: number,
  last: number,
  size: number,
  bytes: Buffer | undefined,
): readonly (string | undefined)[] => [
  headerFault(answer, 'Content-Range', `bytes ${first}-${last}/${size}`),
  headerFault(answer, IMAGE_SIZE_HEADER, String(size)),
  answer.bytes.length === last - first + 1 ? undefined : `${answer.bytes.length} bytes instead of ${last - first + 1}`,
  bytes === undefined || answer.bytes.equals(bytes.subarray(first, last + 1)) ? undefined : 'other bytes of the image',
];

const checkRange = async (
  probe: Probe,
  bytes: Buffer,
  range: string,
  first: number,
  last: number,
): Promise<VerifyResult> => {
  const answer = await probe.send({ headers: { range } });
  // Without the range, the service returns the whole image.
  if (answer.end === 'complete' && answer.status === 200) return differs(describe(answer));
  return (
    unexpected(answer, 206) ??
    judge(rangeFaults(answer, first, last, bytes.length, bytes), `206, bytes ${first}-${last}/${bytes.length}`)
  );
};

/** Returns what was seen, or a result if the image does not arrive. */
const checkLargeImage = async (probe: Probe, path: string, size: number): Promise<string | VerifyResult> => {
  const whole = await probe.send({ path });
  const isTooLarge = whole.end === 'complete' && problemCode(whole) === 'image-too-large';
  const failed = isTooLarge ? undefined : unexpected(whole, 200);
  if (failed !== undefined) return failed;
  if (!isTooLarge && whole.bytes.length !== size) return differs(`${whole.bytes.length} of ${size} bytes of ${path}`);
  for (let first = 0; first < Math.min(size, MAX_STREAMED_BYTES); first += PART) {
    const last = Math.min(first + PART, size) - 1;
    const part = await probe.send({ path, headers: { range: `bytes=${first}-${last}` } });
    const found =
      unexpected(part, 206) ?? judge(rangeFaults(part, first, last, size, isTooLarge ? undefined : whole.bytes), '');
    if (found.status === 'differs') return found;
  }
  return isTooLarge ? `${size} bytes: 413, and its ranges arrive` : `${size} ${WHOLE}`;
};
