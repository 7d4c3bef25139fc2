import type { StoredObject } from '../../support/aws-origin/s3-service.ts';
import { type BucketService, createImage, ROLE } from '../../support/bucket-service.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { BATCH } from './batch-faults.ts';
import { type Fault, IMAGE, KEY, TIMEOUTS } from './fault.ts';
import {
  answerWith,
  createIntervention,
  endAfter,
  neverAnswer,
  refuse,
  reset,
  resetAfter,
  speakAnotherProtocol,
  stallAfter,
  withHeaders,
} from './interventions.ts';
import { LISTING } from './listing-faults.ts';
import { always, alwaysFromSts, once } from './preparations.ts';
import { REDIRECT } from './redirect-faults.ts';

const ARCHIVED: StoredObject = {
  ...IMAGE,
  headers: { ...IMAGE.headers, 'x-amz-storage-class': 'DEEP_ARCHIVE' },
  archived: true,
};
const PART = 100_000;

/** Interrupts the first response and changes the origin before the service can request the rest. */
const interruptThen = (change: (service: BucketService) => unknown) => (service: BucketService) => {
  const interrupt = createIntervention(resetAfter(PART), { times: 1 });
  service.origin.intervene((request, answer) => {
    const reply = interrupt(request, answer);
    if (typeof reply === 'function') change(service);
    return reply;
  });
};

const buffered = { mode: 'buffered' } as const;
const head = { method: 'HEAD' };

const CONNECTION: readonly Omit<Fault, 'group'>[] = [
  { name: 'S3 refuses the connection', expected: '502 store-unavailable', prepare: ({ origin }) => origin.close() },
  {
    name: 'the connection is never established',
    expected: '504 store-timeout',
    service: { client: { endpoint: 'http://s3.invalid', forcePathStyle: true, requestHandler: unconnected() } },
    prepare: () => undefined,
    expires: ['connect', 3],
  },
  {
    name: 'the connection is reset before the response, every time',
    expected: '502 store-unavailable',
    prepare: always(reset),
  },
  { name: 'the connection is reset before the response, once', expected: '200 complete', prepare: once(reset) },
  { name: 'the server does not speak HTTP', expected: '502 store-unavailable', prepare: always(speakAnotherProtocol) },
  {
    name: 'S3 does not respond, every time',
    expected: '504 store-timeout',
    prepare: always(neverAnswer),
    expires: ['firstByte', 3],
  },
  {
    name: 'S3 does not respond, once',
    expected: '200 complete',
    prepare: once(neverAnswer),
    expires: ['firstByte', 1],
  },
  {
    name: 'S3 does not respond, and the answer timeout expires first (buffered)',
    expected: '504 store-timeout',
    service: { ...buffered, timeouts: { ...TIMEOUTS, firstByte: 5_000, answer: 1_500 } },
    prepare: always(neverAnswer),
    expires: ['answer', 1],
  },
];

const BODY: readonly Omit<Fault, 'group'>[] = [
  {
    name: 'the connection is reset in the middle of the image, once',
    expected: '200 complete',
    prepare: once(resetAfter(PART)),
  },
  {
    name: 'the connection closes in the middle of the image, once',
    expected: '200 complete',
    prepare: once(endAfter(PART)),
  },
  { name: 'the body stalls, once', expected: '200 complete', prepare: once(stallAfter(PART)), expires: ['idle', 1] },
  {
    name: 'the connection is reset in the middle of a range, once',
    expected: '206 complete',
    request: { headers: { range: 'bytes=1000000-1999999' } },
    prepare: once(resetAfter(PART)),
  },
  {
    name: 'the connection is reset in the middle of the image, once (buffered)',
    expected: '200 complete',
    service: buffered,
    prepare: once(resetAfter(PART)),
  },
  {
    name: 'the connection is reset in the middle of the image, every time',
    expected: '200 interrupted',
    prepare: always(resetAfter(PART)),
  },
  {
    name: 'the connection closes in the middle of the image, every time',
    expected: '200 interrupted',
    prepare: always(endAfter(PART)),
  },
  {
    name: 'the body stalls, every time',
    expected: '200 interrupted',
    prepare: always(stallAfter(PART)),
    expires: ['idle', 4],
  },
  {
    name: 'the connection is reset in the middle of the image, every time (buffered)',
    expected: '502 store-unavailable',
    service: buffered,
    prepare: always(resetAfter(PART)),
  },
  {
    name: 'the body stalls, every time (buffered)',
    expected: '504 store-timeout',
    service: buffered,
    prepare: always(stallAfter(PART)),
    expires: ['idle', 4],
  },
  {
    name: 'the body stalls, and the answer timeout expires first (buffered)',
    expected: '504 store-timeout',
    service: { ...buffered, timeouts: { ...TIMEOUTS, idle: 5_000, answer: 1_500 } },
    prepare: always(stallAfter(PART)),
    expires: ['answer', 1],
  },
  {
    name: 'the body stalls, every time, until the resume budget is used up',
    expected: '200 interrupted',
    service: { timeouts: { ...TIMEOUTS, resume: 1_200 } },
    prepare: always(stallAfter(PART)),
    expires: ['resume', 1],
  },
  {
    name: 'the body is interrupted, and the rest does not arrive within the resume budget',
    expected: '200 interrupted',
    service: { timeouts: { ...TIMEOUTS, resume: 600 } },
    prepare: interruptThen(({ origin }) => origin.intervene(createIntervention(neverAnswer))),
    expires: ['resume', 1],
  },
  {
    name: 'the body is interrupted, and the image is replaced before it can be resumed',
    expected: '200 interrupted',
    prepare: interruptThen(({ objects }) => objects.set(KEY, createImage(makeBytes(2_999_999)))),
  },
  {
    name: 'the body is interrupted, and the image is replaced before it can be resumed (buffered)',
    expected: '502 store-unavailable',
    service: buffered,
    prepare: interruptThen(({ objects }) => objects.set(KEY, createImage(makeBytes(2_999_999)))),
  },
  {
    name: 'the body is interrupted, and the image is deleted before it can be resumed (buffered)',
    expected: '502 store-unavailable',
    service: buffered,
    prepare: interruptThen(({ objects }) => objects.delete(KEY)),
  },
  {
    name: 'the body is interrupted, and S3 denies access to the rest',
    expected: '200 interrupted',
    prepare: interruptThen(({ origin }) => origin.intervene(createIntervention(refuse(403, 'AccessDenied')))),
  },
  {
    name: 'the body is interrupted, and S3 answers 503 once before it sends the rest',
    expected: '200 complete',
    prepare: interruptThen(({ origin }) => origin.intervene(createIntervention(refuse(503, 'SlowDown'), { times: 1 }))),
  },
  {
    name: 'the body is interrupted, and the image has no ETag',
    expected: '200 interrupted',
    prepare: always((answer, request) =>
      resetAfter(PART)({ ...answer, headers: { 'Content-Length': '3000000' } }, request),
    ),
  },
  {
    name: 'the body is interrupted, and S3 sends the whole image instead of the rest',
    expected: '200 interrupted',
    prepare: interruptThen(({ origin, objects }) => {
      const { headers = {}, bytes = '' } = objects.get(KEY) ?? {};
      origin.intervene(() => ({ status: 200, headers: { ...headers, 'Content-Length': '3000000' }, body: bytes }));
    }),
  },
];

const RESPONSE: readonly Omit<Fault, 'group'>[] = [
  {
    name: 'S3 answers 500 InternalError, every time',
    expected: '502 store-unavailable',
    prepare: always(refuse(500, 'InternalError')),
  },
  { name: 'S3 answers 500 InternalError, once', expected: '200 complete', prepare: once(refuse(500, 'InternalError')) },
  {
    name: 'S3 answers 500 with an HTML page, every time',
    expected: '502 store-unavailable',
    prepare: always(answerWith(500, {}, '<html>Sorry')),
  },
  {
    name: 'S3 answers 503 SlowDown, every time',
    expected: '503 store-throttled',
    prepare: always(refuse(503, 'SlowDown')),
  },
  { name: 'S3 answers 503 SlowDown, once', expected: '200 complete', prepare: once(refuse(503, 'SlowDown')) },
  {
    name: 'S3 answers 503 SlowDown to HEAD, every time',
    expected: '503 without a body',
    request: head,
    prepare: always(refuse(503, 'SlowDown')),
  },
  {
    name: 'S3 answers 403 AccessDenied',
    expected: '502 store-forbidden',
    prepare: always(refuse(403, 'AccessDenied')),
  },
  { name: 'S3 answers 403 without a body', expected: '502 store-forbidden', prepare: always(answerWith(403, {})) },
  {
    name: 'S3 answers 403 with a body that is not XML',
    expected: '502 store-forbidden',
    prepare: always(answerWith(403, {}, '<<<')),
  },
  {
    name: 'S3 answers 404 NoSuchKey: the image does not exist',
    expected: '404 image-not-found',
    prepare: ({ objects }) => objects.clear(),
  },
  {
    name: 'S3 answers 404 NoSuchBucket',
    expected: '502 store-misconfigured',
    prepare: ({ origin }) => origin.buckets.clear(),
  },
  { name: 'S3 answers 404 without a body', expected: '502 store-misconfigured', prepare: always(answerWith(404, {})) },
  {
    name: 'S3 answers 301 PermanentRedirect: the bucket is in another region',
    expected: '502 store-misconfigured',
    prepare: always(refuse(301, 'PermanentRedirect')),
  },
  {
    name: 'S3 answers 400 AuthorizationHeaderMalformed: the bucket is in another region',
    expected: '502 store-misconfigured',
    service: { client: { region: 'us-east-1' } },
    prepare: () => undefined,
  },
  {
    name: 'S3 answers 403 InvalidObjectState: the image is archived',
    expected: '409 image-archived',
    prepare: always(refuse(403, 'InvalidObjectState')),
  },
  {
    name: 'S3 answers 200 to HEAD, with a storage class of the archive',
    expected: '409 without a body',
    request: head,
    prepare: ({ objects }) => objects.set(KEY, ARCHIVED),
  },
  {
    name: 'S3 answers 200 to HEAD, with a storage class of the archive and the ETag of the client',
    expected: '409 image-archived',
    request: { headers: { 'if-none-match': String(IMAGE.headers['ETag']) } },
    prepare: ({ objects }) => objects.set(KEY, ARCHIVED),
  },
  {
    name: 'S3 answers 400 InvalidRequest: the image is encrypted with a key of its uploader (SSE-C)',
    expected: '502 store-misconfigured',
    prepare: always(refuse(400, 'InvalidRequest')),
  },
  {
    name: 'S3 answers 416 without the size of the image',
    expected: '416 range-not-satisfiable',
    request: { headers: { range: 'bytes=3000000-' } },
    prepare: ({ origin }) =>
      origin.intervene(({ method }, answer) => (method === 'GET' ? { status: 416, headers: {}, body: '' } : answer)),
  },
  {
    name: 'the image is replaced after each HEAD that evaluates a condition',
    expected: '502 store-unavailable',
    request: { headers: { 'if-match': '*' } },
    prepare: ({ origin, objects }) =>
      origin.intervene(({ method }, answer) => {
        if (method === 'HEAD') objects.set(KEY, createImage(makeBytes(1000 + origin.requests.length)));
        return answer;
      }),
  },
  {
    name: 'the response has no Content-Length',
    expected: '502 store-unavailable',
    prepare: always((_answer, _request) => (response) => response.writeHead(200).end('x')),
  },
  {
    name: 'Last-Modified is not a date',
    expected: '502 store-unavailable',
    prepare: always(withHeaders({ 'Last-Modified': 'yesterday' })),
  },
  {
    name: 'Content-Range is malformed',
    expected: '502 store-unavailable',
    request: { headers: { range: 'bytes=0-9' } },
    prepare: always(withHeaders({ 'Content-Range': 'bytes 0-9/*' })),
  },
  {
    name: 'Content-Range does not match the length of the body',
    expected: '206 interrupted',
    request: { headers: { range: 'bytes=0-9' } },
    prepare: always(withHeaders({ 'Content-Range': 'bytes 0-4/3000000' })),
  },
  {
    name: 'ETag, Content-Type, Cache-Control and Expires are not usable',
    expected: '200 complete',
    prepare: always(
      withHeaders({ ETag: 'no quotes', 'Content-Type': 'text/html', 'Cache-Control': '\t', Expires: 'soon' }),
    ),
  },
];

const CREDENTIALS: readonly Omit<Fault, 'group'>[] = [
  {
    name: 'no credentials are found',
    expected: '502 store-forbidden',
    service: { client: { credentials: noCredentials } },
    prepare: () => undefined,
  },
  {
    name: 'the credentials have expired',
    expected: '502 store-forbidden',
    prepare: always(refuse(400, 'ExpiredToken')),
  },
  {
    name: 'the clock of the service is one hour slow',
    expected: '200 complete',
    service: { now: () => Date.now() + 3_600_000 },
    prepare: () => undefined,
  },
  {
    name: 'S3 rejects the signing time of every request',
    expected: '502 store-forbidden',
    prepare: always(refuse(403, 'RequestTimeTooSkewed')),
  },
  {
    name: 'STS denies the role: the external id is wrong',
    expected: '502 role-refused',
    service: { role: true },
    prepare: ({ origin }) => origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'another-external-id' }),
  },
  {
    name: 'the role is assumed, and the bucket denies access to it',
    expected: '502 store-forbidden',
    service: { role: true },
    prepare: always(refuse(403, 'AccessDenied')),
  },
  {
    name: 'STS throttles, every time',
    expected: '503 store-throttled',
    service: { role: true },
    prepare: alwaysFromSts(refuse(400, 'Throttling')),
  },
  {
    name: 'STS fails, every time',
    expected: '502 store-unavailable',
    service: { role: true },
    prepare: alwaysFromSts(refuse(500, 'InternalFailure')),
  },
  {
    name: 'STS fails, once',
    expected: '200 complete',
    service: { role: true },
    prepare: once(refuse(500, 'InternalFailure'), { service: 'STS' }),
  },
  {
    name: 'STS does not respond, every time',
    expected: '504 store-timeout',
    service: { role: true },
    prepare: alwaysFromSts(neverAnswer),
    expires: ['firstByte', 3],
  },
];

const CLIENT: readonly Omit<Fault, 'group'>[] = [
  {
    name: 'the client stops reading',
    expected: '200 interrupted',
    // Larger than all buffers between the store and the client.
    prepare: ({ objects }) => objects.set(KEY, createImage(Buffer.alloc(30_000_000))),
    clientStalls: true,
    expires: ['client', 1],
  },
];

export const FAULTS: readonly Fault[] = [
  ...CONNECTION.map((fault) => ({ group: 'Connection', ...fault })),
  ...BODY.map((fault) => ({ group: 'Body', ...fault })),
  ...RESPONSE.map((fault) => ({ group: 'Response', ...fault })),
  ...CREDENTIALS.map((fault) => ({ group: 'Credentials', ...fault })),
  ...CLIENT.map((fault) => ({ group: 'Client', ...fault })),
  ...LISTING,
  ...BATCH,
  ...REDIRECT,
];

/** The options of a request handler whose name lookup never finishes, so it never connects. */
function unconnected() {
  const agent = { lookup: () => undefined };
  return {
    connectionTimeout: TIMEOUTS.connect,
    requestTimeout: TIMEOUTS.firstByte,
    throwOnRequestTimeout: true,
    httpAgent: agent,
  };
}

async function noCredentials(): Promise<never> {
  throw Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' });
}
