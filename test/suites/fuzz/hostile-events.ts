import fc from 'fast-check';
import type { ImageInfo } from '../../../src/domain/serving/ports.ts';
import { hostilePaths } from '../../../src/testing/arbitraries.ts';

/** The value of the API key in the events. Neither a response nor a log line may contain it. */
export const KEY_VALUE = 'the-value-of-an-api-key-4711';
export const IMAGE_KEY = 'a.jpg';

/** Arbitrary values, arbitrary JSON, and events in which some fields are wrong. */
export const hostileEvents = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 8, arbitrary: events() },
  );

/** Metadata of an image: anything that a user can set on upload, and values that S3 would never return. */
export const hostileInfo = (): fc.Arbitrary<Omit<ImageInfo, 'size'>> =>
  fc.record({
    etag: fc.oneof(texts(), fc.constantFrom('"v1"', 'W/"v1"', '"\r\nSet-Cookie: a=b"', '""', undefined)),
    lastModified: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 8.64e15, Number.NaN, undefined)),
    contentType: fc.oneof(
      texts(),
      fc.constantFrom('image/png', 'image/png\r\nX-Injected: 1', 'text/html', 'IMAGE/SVG+XML;\u0000', undefined),
    ),
    contentEncoding: fc.oneof(texts(), fc.constantFrom('gzip', 'aws-chunked', 'gzip\r\nX-Injected: 1', undefined)),
    cacheControl: fc.oneof(texts(), fc.constantFrom('no-cache', 'a\nb', '\u0000', 'x'.repeat(20_000), undefined)),
  });

const events = (): fc.Arbitrary<unknown> =>
  fc.record(
    {
      resource: corrupted(fc.constant('/{proxy+}')),
      httpMethod: corrupted(fc.oneof(fc.constantFrom('GET', 'GET', 'HEAD', 'OPTIONS', 'get', 'POST', ''), texts())),
      path: corrupted(paths().map((path) => `/${path}`)),
      pathParameters: corrupted(fc.record({ proxy: corrupted(paths()) }, { requiredKeys: [] })),
      headers: corrupted(fc.dictionary(names(), corrupted(values()), { maxKeys: 6 })),
      multiValueHeaders: corrupted(
        fc.dictionary(names(), corrupted(fc.array(corrupted(values()), { maxLength: 3 })), { maxKeys: 6 }),
      ),
      queryStringParameters: corrupted(fc.dictionary(texts(), texts(), { maxKeys: 2 })),
      requestContext: corrupted(
        fc.record(
          {
            requestId: corrupted(texts()),
            stage: corrupted(texts()),
            identity: corrupted(
              fc.record({ apiKey: fc.constant(KEY_VALUE), apiKeyId: corrupted(texts()) }, { requiredKeys: ['apiKey'] }),
            ),
          },
          { requiredKeys: [] },
        ),
      ),
      body: corrupted(texts()),
      isBase64Encoded: corrupted(fc.boolean()),
    },
    { requiredKeys: [] },
  );

/** Events of `GET /` and `POST /`, with queries and bodies that are nearly right or not at all. */
export const hostileRootEvents = (): fc.Arbitrary<unknown> =>
  fc
    .record({
      httpMethod: fc.constantFrom('GET', 'HEAD', 'POST'),
      headers: fc.record({ accept: fc.oneof(fc.constantFrom('application/x-ndjson', '*/*'), texts()) }),
      queryStringParameters: corrupted(
        fc.dictionary(fc.oneof(fc.constantFrom('prefix', 'limit', 'cursor', '__proto__'), texts()), parameters(), {
          maxKeys: 3,
        }),
      ),
      body: corrupted(fc.oneof(bodies(), texts())),
    })
    .chain((event) => fc.constantFrom({ ...event, isBase64Encoded: false }, { ...event, ...encodeBody(event.body) }));

const encodeBody = (body: unknown): object => ({
  body: typeof body === 'string' ? Buffer.from(body).toString('base64') : body,
  isBase64Encoded: true,
});

const parameters = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      '1',
      '1000',
      '0',
      '-1',
      '1e9',
      '',
      'a',
      IMAGE_KEY,
      'a%2',
      '%E0%A4',
      'a%2Fb',
      '../',
      KEY_VALUE.slice(0, 2),
    ),
    texts(),
  );

const bodies = (): fc.Arbitrary<string> =>
  fc
    .record(
      { paths: corrupted(fc.array(corrupted(paths()), { maxLength: 60 })), describe: corrupted(fc.boolean()) },
      { requiredKeys: [] },
    )
    .map((batch) => JSON.stringify(batch));

/** Paths that are short enough for API Gateway. */
export const hostileUrlPaths = (): fc.Arbitrary<string> => hostilePaths().map((path) => path.slice(0, 10_000));

/** Mostly values of `arbitrary`; sometimes null, undefined or a value of another type. */
const corrupted = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 9, arbitrary },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );

const paths = (): fc.Arbitrary<string> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(IMAGE_KEY) }, { weight: 2, arbitrary: hostileUrlPaths() });

const texts = (): fc.Arbitrary<string> => fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), hostileUrlPaths());

const HEADERS = [
  ...['Range', 'If-Range', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'Origin'],
  ...['Accept', 'Sec-Fetch-Site', 'Host', 'x-api-key', '__proto__', 'constructor', ''],
];

/** Header names in mixed case. */
const names = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...HEADERS), fc.array(fc.boolean(), { maxLength: 20 }))
      .map(([name, upper]) =>
        [...name]
          .map((letter, index) => (upper[index] === true ? letter.toUpperCase() : letter.toLowerCase()))
          .join(''),
      ),
    texts(),
  );

const values = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom(KEY_VALUE, '*', '"v1"', 'W/"v1"', '"v1", "v2"', '"', ', ,', 'https://app.example.com', 'null'),
    fc.constantFrom(
      'bytes=0-',
      'bytes=-1',
      'bytes=5-2',
      'bytes=99-',
      'bytes=0-0,2-3',
      'bytes=-0',
      'items=0-1',
      `bytes=0-${'9'.repeat(400)}`,
    ),
    fc.constantFrom(
      'Thu, 01 Jan 2026 00:00:00 GMT',
      'Thu, 01 Jan 2026 00:00:00 GMT\r\nX: y',
      '0',
      'tomorrow',
      '01 Jan 99999',
    ),
    fc.tuple(fc.constantFrom('bytes=', 'W/"', '"', 'https://'), texts()).map((parts) => parts.join('')),
    texts(),
  );
