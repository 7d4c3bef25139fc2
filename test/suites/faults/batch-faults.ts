import { type BucketService, createImage, ROLE } from '../../support/bucket-service.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { type Fault, PATIENT, TIMEOUTS } from './fault.ts';
import { createIntervention, neverAnswer, refuse, reset } from './interventions.ts';
import { always, alwaysFromSts, once } from './preparations.ts';

const PATHS = Array.from({ length: 10 }, (_, index) => `image-${index}.jpeg`);

const batch = ({
  describe,
  service,
  request,
  prepare,
  ...fault
}: Omit<Fault, 'group'> & { readonly describe?: false }): Fault => ({
  group: 'Signed locations',
  path: '',
  ...fault,
  service: { timeouts: PATIENT, ...service, signedLocations: 'on' },
  request: { ...request, method: 'POST', body: JSON.stringify({ paths: PATHS, describe }) },
  prepare: (running) => {
    for (const [index, path] of PATHS.entries()) running.objects.set(path, createImage(makeBytes(100 + index)));
    return prepare(running);
  },
});

const buffered = { mode: 'buffered' } as const;
const some = { path: /-[012]\.jpeg$/ };
const last = { path: /-9\.jpeg$/ };
const shortFunction = { functionTimeout: 5_500, timeouts: { ...TIMEOUTS, firstByte: 5_000 } };

const refuseRole = ({ origin }: BucketService) =>
  origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'another-external-id' });

/** Milliseconds until S3 answers for the last image. */
const DELAY = 4_000;
/** Milliseconds. A URL must expire 5 seconds before its session, so the session can sign none after the delay. */
const LIFETIME = 9_000;

const delayLast = always(
  ({ status, headers }) =>
    (response) =>
      setTimeout(() => response.writeHead(status, headers).end(), DELAY),
  last,
);

/** STS answers only the requests that precede the delayed answer of S3. */
const delayLastAndStopSts = ({ origin }: BucketService): void => {
  let isDelayed = false;
  const stopSts = createIntervention(refuse(500, 'InternalFailure'), { service: 'STS' });
  origin.intervene((request, answer) => {
    if (!last.path.test(request.path)) return isDelayed ? stopSts(request, answer) : answer;
    isDelayed = true;
    return (response) => setTimeout(() => response.writeHead(answer.status, answer.headers).end(), DELAY);
  });
};

export const BATCH: readonly Fault[] = [
  batch({
    name: 'one image does not exist',
    expected: '200 9 located, 1 image-not-found',
    prepare: ({ objects }) => objects.delete('image-3.jpeg'),
  }),
  batch({
    name: 'one image is archived',
    expected: '200 9 located, 1 image-archived',
    prepare: ({ objects }) =>
      objects.set('image-3.jpeg', {
        ...createImage(makeBytes(3), { 'x-amz-storage-class': 'DEEP_ARCHIVE' }),
        archived: true,
      }),
  }),
  batch({
    name: 'S3 answers 503 SlowDown for three images, once each',
    expected: '200 complete',
    prepare: always(refuse(503, 'SlowDown'), { ...some, times: 3 }),
  }),
  batch({
    name: 'S3 answers 503 SlowDown for three images, every time',
    expected: '200 7 located, 3 store-throttled',
    prepare: always(refuse(503, 'SlowDown'), some),
  }),
  batch({
    name: 'S3 answers 503 SlowDown for three images, every time (buffered)',
    expected: '200 7 located, 3 store-throttled',
    service: buffered,
    prepare: always(refuse(503, 'SlowDown'), some),
  }),
  batch({
    name: 'S3 denies access to one image',
    expected: '200 9 located, 1 store-forbidden',
    prepare: always(refuse(403, 'AccessDenied'), last),
  }),
  batch({
    name: 'S3 does not respond for one image, every time',
    expected: '200 9 located, 1 store-timeout',
    prepare: always(neverAnswer, last),
    expires: ['firstByte', 3],
  }),
  batch({
    name: 'the connection is reset for one image, every time',
    expected: '200 9 located, 1 store-unavailable',
    prepare: always(reset, last),
  }),
  batch({
    name: 'one response has no Content-Length',
    expected: '200 9 located, 1 store-unavailable',
    prepare: always(() => (response) => response.writeHead(200).end(), last),
  }),
  batch({
    name: 'S3 refuses all connections',
    expected: '200 10 store-unavailable',
    prepare: ({ origin }) => origin.close(),
  }),
  batch({
    name: 'S3 refuses all connections (buffered)',
    expected: '200 10 store-unavailable',
    service: buffered,
    prepare: ({ origin }) => origin.close(),
  }),
  batch({
    name: 'S3 refuses all connections (describe: false)',
    expected: '200 complete',
    describe: false,
    prepare: ({ origin }) => origin.close(),
  }),
  batch({
    name: 'S3 answers 404 NoSuchBucket',
    expected: '200 10 store-misconfigured',
    prepare: ({ origin }) => origin.buckets.clear(),
  }),
  batch({
    name: 'S3 answers 500 with an HTML page to one GET that follows a failed HEAD',
    expected: '200 9 located, 1 store-unavailable',
    prepare: ({ origin }) =>
      origin.intervene((request, answer) =>
        last.path.test(request.path)
          ? request.method === 'HEAD'
            ? { status: 403, headers: {}, body: '' }
            : { status: 500, headers: {}, body: '<html>Sorry' }
          : answer,
      ),
  }),
  batch({
    name: 'STS denies the role',
    expected: '200 10 role-refused',
    service: { role: true },
    prepare: refuseRole,
  }),
  batch({
    name: 'STS denies the role (describe: false)',
    expected: '200 10 role-refused',
    service: { role: true },
    describe: false,
    prepare: refuseRole,
  }),
  batch({
    name: 'STS throttles, every time (describe: false)',
    expected: '200 10 store-throttled',
    service: { role: true },
    describe: false,
    prepare: alwaysFromSts(refuse(400, 'Throttling')),
  }),
  batch({
    name: 'STS fails, once',
    expected: '200 complete',
    service: { role: true },
    prepare: once(refuse(500, 'InternalFailure'), { service: 'STS' }),
  }),
  batch({
    name: 'the session of the role ends during the batch, and STS renews it',
    expected: '200 complete',
    service: { role: true, lifetime: LIFETIME, timeouts: { ...TIMEOUTS, firstByte: 5_000 } },
    prepare: delayLast,
    varies: { requests: /AssumeRole ×\d+/ },
  }),
  batch({
    name: 'the session of the role ends during the batch, and STS fails',
    expected: '200 9 located, 1 store-unavailable',
    service: { role: true, lifetime: LIFETIME, timeouts: { ...TIMEOUTS, firstByte: 5_000 } },
    prepare: delayLastAndStopSts,
    varies: { requests: /AssumeRole ×\d+/ },
  }),
  batch({
    name: 'S3 does not respond for one image, and the function runs out of time',
    expected: '200 9 located, 1 store-timeout',
    service: shortFunction,
    prepare: always(neverAnswer, last),
    expires: ['function', 1],
  }),
  batch({
    name: 'the error response for one image stalls, and the answer timeout expires',
    expected: '200 9 located, 1 store-timeout',
    service: { timeouts: { ...PATIENT, answer: 2_000 } },
    prepare: always(
      (_answer, { method }) =>
        (response) => {
          response.writeHead(403, { 'Content-Length': '1000' });
          if (method === 'HEAD') response.end();
          else response.write('<Error>');
        },
      last,
    ),
    expires: ['answer', 1],
  }),
  batch({
    name: 'S3 does not respond for three images, and the answer timeout expires (buffered)',
    expected: '200 7 located, 3 store-timeout',
    service: { ...buffered, timeouts: { ...TIMEOUTS, firstByte: 5_000, answer: 2_000 } },
    prepare: always(neverAnswer, some),
    expires: ['answer', 1],
  }),
  batch({
    name: 'the client disconnects while S3 does not respond for nine images',
    expected: '200 interrupted',
    service: { timeouts: { ...TIMEOUTS, firstByte: 10_000 } },
    request: { hangUpAfter: 1 },
    prepare: always(neverAnswer, { path: /-[1-9]\.jpeg$/ }),
    // The client may leave before the last requests are sent.
    varies: { requests: /HEAD ×\d+/ },
  }),
];
