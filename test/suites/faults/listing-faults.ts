import type { BucketService } from '../../support/bucket-service.ts';
import { createImage, ROLE } from '../../support/bucket-service.ts';
import { fetchImage } from '../../support/http-client.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { type Fault, PATIENT, TIMEOUTS } from './fault.ts';
import { answerWith, endAfter, neverAnswer, refuse, reset, resetAfter, stallAfter } from './interventions.ts';
import { always, alwaysFromSts, once } from './preparations.ts';

/** With `IMAGE`, three pages of S3. */
const COUNT = 2_500;
const SMALL = createImage(makeBytes(10));

const listing = ({ service, prepare, ...fault }: Omit<Fault, 'group'>): Fault => ({
  group: 'Listing',
  path: '?limit=10000',
  ...fault,
  service: { timeouts: PATIENT, ...service, listing: 'on' },
  prepare: (running) => {
    for (let index = 0; index < COUNT; index++) running.objects.set(`image-${index}.jpeg`, SMALL);
    return prepare(running);
  },
});

const lines = { headers: { accept: 'application/x-ndjson' } };
const buffered = { mode: 'buffered' } as const;
/** Bytes of a response of S3 to ListObjectsV2. */
const PART = 50_000;
const second = { after: 1 };
const shortAnswer = { timeouts: { ...TIMEOUTS, answer: 2_000, firstByte: 5_000 } };
const MALFORMED = '<ListBucketResult><IsTruncated>false';

/** The query of the next page, with a cursor that the service has issued. */
const nextPage = async ({ url }: BucketService): Promise<string> => {
  const { bytes } = await fetchImage(url('?limit=10'));
  return `?limit=10&cursor=${JSON.parse(String(bytes)).next}`;
};

/** 30 MB in 10 pages of S3, which is more than all buffers between the service and the client. */
const addLongKeys = ({ objects }: BucketService): void => {
  for (let index = 10_000; index < 20_000; index++) objects.set(`${'ü'.repeat(500)}${index}.jpeg`, SMALL);
};

export const LISTING: readonly Fault[] = [
  listing({
    name: 'S3 answers 500 InternalError, every time',
    expected: '502 store-unavailable',
    prepare: always(refuse(500, 'InternalError')),
  }),
  listing({
    name: 'S3 answers 500 InternalError, once',
    expected: '200 complete',
    prepare: once(refuse(500, 'InternalError')),
  }),
  listing({
    name: 'S3 answers 503 SlowDown, every time',
    expected: '503 store-throttled',
    prepare: always(refuse(503, 'SlowDown')),
  }),
  listing({
    name: 'S3 answers 503 SlowDown to HEAD, every time',
    expected: '503 without a body',
    request: { method: 'HEAD' },
    prepare: always(refuse(503, 'SlowDown')),
  }),
  listing({
    name: 'S3 does not respond, every time',
    expected: '504 store-timeout',
    prepare: always(neverAnswer),
    expires: ['firstByte', 3],
  }),
  listing({
    name: 'S3 does not respond, and the answer timeout expires first',
    expected: '504 store-timeout',
    service: shortAnswer,
    prepare: always(neverAnswer),
    expires: ['answer', 1],
  }),
  listing({
    name: 'S3 answers 403 AccessDenied: the service lacks s3:ListBucket',
    expected: '502 store-forbidden',
    prepare: always(refuse(403, 'AccessDenied')),
  }),
  listing({
    name: 'S3 answers 404 NoSuchBucket',
    expected: '502 store-misconfigured',
    prepare: ({ origin }) => origin.buckets.clear(),
  }),
  listing({
    name: 'STS denies the role',
    expected: '502 role-refused',
    service: { role: true },
    prepare: ({ origin }) => origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'another-external-id' }),
  }),
  listing({
    name: 'STS throttles, every time',
    expected: '503 store-throttled',
    service: { role: true },
    prepare: alwaysFromSts(refuse(400, 'Throttling')),
  }),
  listing({
    name: 'S3 answers 200 with malformed XML',
    expected: '502 store-unavailable',
    prepare: always(answerWith(200, {}, MALFORMED)),
  }),
  listing({
    name: 'S3 answers 200 without a body',
    expected: '502 store-unavailable',
    prepare: always(answerWith(200, {})),
  }),
  listing({
    name: 'S3 answers 200 with another document',
    expected: '502 store-unavailable',
    prepare: always(answerWith(200, {}, '<html>Sorry</html>')),
  }),
  listing({
    name: 'S3 answers 200 with a listing that continues without a token',
    expected: '502 store-unavailable',
    prepare: always(answerWith(200, {}, '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>')),
  }),
  listing({
    name: 'the connection is reset in the middle of the listing, once',
    expected: '200 complete',
    prepare: once(resetAfter(PART)),
  }),
  listing({
    name: 'the connection is reset in the middle of the listing, every time',
    expected: '502 store-unavailable',
    prepare: always(resetAfter(PART)),
  }),
  listing({
    name: 'the connection closes in the middle of the listing, every time',
    expected: '502 store-unavailable',
    prepare: always(endAfter(PART)),
  }),
  listing({
    name: 'the listing stalls, every time',
    expected: '504 store-timeout',
    service: shortAnswer,
    prepare: always(stallAfter(PART)),
    expires: ['answer', 1],
  }),
  listing({
    name: 'S3 refuses the continuation token of a cursor',
    expected: '400 invalid-cursor',
    path: nextPage,
    prepare: always(refuse(400, 'InvalidArgument'), second),
  }),
  listing({
    name: 'S3 answers 500 InternalError to the second call, every time',
    expected: '502 store-unavailable',
    prepare: always(refuse(500, 'InternalError'), second),
  }),
  listing({
    name: 'S3 answers 200 with malformed XML to the second call',
    expected: '502 store-unavailable',
    prepare: always(answerWith(200, {}, MALFORMED), second),
  }),
  listing({
    name: 'S3 does not respond to the second call, and the answer timeout expires',
    expected: '200 partial',
    service: shortAnswer,
    prepare: always(neverAnswer, second),
    expires: ['answer', 1],
  }),
  listing({
    name: 'S3 does not respond to the second call, and the answer timeout expires (buffered)',
    expected: '200 partial',
    service: { ...shortAnswer, ...buffered },
    prepare: always(neverAnswer, second),
    expires: ['answer', 1],
  }),
  listing({
    name: 'S3 answers 500 InternalError, every time (NDJSON)',
    expected: '502 store-unavailable',
    request: lines,
    prepare: always(refuse(500, 'InternalError')),
  }),
  listing({
    name: 'S3 answers 500 InternalError to the second call, once (NDJSON)',
    expected: '200 complete',
    request: lines,
    prepare: once(refuse(500, 'InternalError'), second),
  }),
  listing({
    name: 'S3 answers 500 InternalError to the second call, every time (NDJSON)',
    expected: '200 interrupted',
    request: lines,
    prepare: always(refuse(500, 'InternalError'), second),
  }),
  listing({
    name: 'S3 answers 503 SlowDown to the second call, every time (NDJSON)',
    expected: '200 interrupted',
    request: lines,
    prepare: always(refuse(503, 'SlowDown'), second),
  }),
  listing({
    name: 'S3 answers 403 AccessDenied to the second call (NDJSON)',
    expected: '200 interrupted',
    request: lines,
    prepare: always(refuse(403, 'AccessDenied'), second),
  }),
  listing({
    name: 'S3 answers 200 with malformed XML to the second call (NDJSON)',
    expected: '200 interrupted',
    request: lines,
    prepare: always(answerWith(200, {}, MALFORMED), second),
  }),
  listing({
    name: 'the connection is reset during the second call, every time (NDJSON)',
    expected: '200 interrupted',
    request: lines,
    prepare: always(reset, second),
  }),
  listing({
    name: 'S3 does not respond to the second call, every time (NDJSON)',
    expected: '200 interrupted',
    request: lines,
    prepare: always(neverAnswer, second),
    expires: ['firstByte', 3],
  }),
  listing({
    name: 'the second listing stalls, every time (NDJSON)',
    expected: '200 partial',
    service: shortAnswer,
    request: lines,
    prepare: always(stallAfter(PART), second),
    expires: ['answer', 1],
  }),
  listing({
    name: 'S3 does not respond to the second call, and the function runs out of time (NDJSON)',
    expected: '200 partial',
    service: { functionTimeout: 5_500, timeouts: { ...TIMEOUTS, firstByte: 5_000 } },
    request: lines,
    prepare: always(neverAnswer, second),
    expires: ['function', 1],
  }),
  listing({
    name: 'S3 answers 500 InternalError to the second call, every time (NDJSON, buffered)',
    expected: '502 store-unavailable',
    service: buffered,
    request: lines,
    prepare: always(refuse(500, 'InternalError'), second),
  }),
  listing({
    name: 'S3 does not respond to the second call, and the answer timeout expires (NDJSON, buffered)',
    expected: '200 partial',
    service: { ...shortAnswer, ...buffered },
    request: lines,
    prepare: always(neverAnswer, second),
    expires: ['answer', 1],
  }),
  listing({
    name: 'the client disconnects while S3 does not respond to the second call (NDJSON)',
    expected: '200 interrupted',
    service: { timeouts: { ...TIMEOUTS, firstByte: 10_000 } },
    request: { ...lines, hangUpAfter: 1 },
    prepare: always(neverAnswer, second),
  }),
  listing({
    name: 'the client stops reading (NDJSON)',
    expected: '200 interrupted',
    path: '?limit=100000',
    request: lines,
    prepare: addLongKeys,
    clientStalls: true,
    expires: ['client', 1],
    varies: { log: /images: \d+, calls: \d+/, requests: /LIST ×\d+/ },
  }),
];
