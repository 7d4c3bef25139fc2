import type { StoredObject } from '../../support/aws-origin/s3-service.ts';
import { type BucketService, type BucketServiceOptions, createImage, ROLE } from '../../support/bucket-service.ts';
import type { HttpRequest } from '../../support/http-client.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import {
  answerWith,
  endAfter,
  type Fault as Happening,
  happening,
  neverAnswer,
  refuse,
  reset,
  resetAfter,
  speakAnotherProtocol,
  stallAfter,
  withHeaders,
} from './interventions.ts';

/** Short, and so far apart that one never passes for another. In milliseconds. */
export const TIMEOUTS: NonNullable<BucketServiceOptions['timeouts']> = {
  connect: 500,
  firstByte: 1_000,
  idle: 800,
  answer: 20_000,
  client: 700,
  resume: 15_000,
};

export type Timeout = keyof typeof TIMEOUTS;

/** One row: what goes wrong, and what the caller is to get. All else of a row of the document is what was seen. */
export interface Fault {
  readonly group: string;
  readonly name: string;
  /** A status with its code; or with what became of the bytes. */
  readonly answer: `${number} ${string}`;
  readonly service?: BucketServiceOptions;
  readonly request?: HttpRequest;
  /** The client stops reading after the first bytes. */
  readonly clientStalls?: true;
  readonly prepare: (service: BucketService) => unknown;
  /** The limit that ends the waiting, and how often. */
  readonly waits?: readonly [timeout: Timeout, times: number];
}

export const KEY = 'image.jpeg';
/** More than the sockets on its way hold, so that nothing of a broken answer is whole by chance. */
export const IMAGE: StoredObject = createImage(makeBytes(3_000_000));
const PART = 100_000;

const always =
  (happens: Happening) =>
  ({ origin }: BucketService) =>
    origin.intervene(happening(happens));
const once =
  (happens: Happening) =>
  ({ origin }: BucketService) =>
    origin.intervene(happening(happens, { times: 1 }));
const alwaysOfSts =
  (happens: Happening) =>
  ({ origin }: BucketService) =>
    origin.intervene(happening(happens, { to: 'STS' }));

/** The first answer breaks off, and then something is done to the bucket, before the rest can be asked for. */
const breakThen = (change: (service: BucketService) => unknown) => (service: BucketService) => {
  const fault = happening(resetAfter(PART), { times: 1 });
  service.origin.intervene((request, answer) => {
    const reply = fault(request, answer);
    if (typeof reply === 'function') change(service);
    return reply;
  });
};

const buffered = { mode: 'buffered' } as const;
const head = { method: 'HEAD' };

const CONNECTION: readonly Omit<Fault, 'group'>[] = [
  { name: 'refuses', answer: '502 store-unavailable', prepare: ({ origin }) => origin.close() },
  {
    name: 'is never made',
    answer: '504 store-timeout',
    service: { client: { endpoint: 'http://s3.invalid', forcePathStyle: true, requestHandler: unconnected() } },
    prepare: () => undefined,
    waits: ['connect', 3],
  },
  { name: 'is reset before the answer, each time', answer: '502 store-unavailable', prepare: always(reset) },
  { name: 'is reset before the answer, once', answer: '200 whole', prepare: once(reset) },
  { name: 'speaks another protocol', answer: '502 store-unavailable', prepare: always(speakAnotherProtocol) },
  {
    name: 'stays silent, each time',
    answer: '504 store-timeout',
    prepare: always(neverAnswer),
    waits: ['firstByte', 3],
  },
  { name: 'stays silent, once', answer: '200 whole', prepare: once(neverAnswer), waits: ['firstByte', 1] },
  {
    name: 'stays silent, and the time for an answer is over first',
    answer: '504 store-timeout',
    service: { ...buffered, timeouts: { ...TIMEOUTS, firstByte: 5_000, answer: 500 } },
    prepare: always(neverAnswer),
    waits: ['answer', 1],
  },
];

const BODY: readonly Omit<Fault, 'group'>[] = [
  { name: 'is reset in the middle, once', answer: '200 whole', prepare: once(resetAfter(PART)) },
  { name: 'ends short, once', answer: '200 whole', prepare: once(endAfter(PART)) },
  { name: 'stalls, once', answer: '200 whole', prepare: once(stallAfter(PART)), waits: ['idle', 1] },
  {
    name: 'is reset in the middle of a part, once',
    answer: '206 whole',
    request: { headers: { range: 'bytes=1000000-1999999' } },
    prepare: once(resetAfter(PART)),
  },
  {
    name: 'is reset in the middle, once (buffered)',
    answer: '200 whole',
    service: buffered,
    prepare: once(resetAfter(PART)),
  },
  { name: 'is reset in the middle, each time', answer: '200 broken off', prepare: always(resetAfter(PART)) },
  { name: 'ends short, each time', answer: '200 broken off', prepare: always(endAfter(PART)) },
  { name: 'stalls, each time', answer: '200 broken off', prepare: always(stallAfter(PART)), waits: ['idle', 4] },
  {
    name: 'is reset in the middle, each time (buffered)',
    answer: '502 store-unavailable',
    service: buffered,
    prepare: always(resetAfter(PART)),
  },
  {
    name: 'stalls, each time (buffered)',
    answer: '504 store-timeout',
    service: buffered,
    prepare: always(stallAfter(PART)),
    waits: ['idle', 4],
  },
  {
    name: 'stalls, and the time for an answer is over first (buffered)',
    answer: '504 store-timeout',
    service: { ...buffered, timeouts: { ...TIMEOUTS, idle: 5_000, answer: 500 } },
    prepare: always(stallAfter(PART)),
    waits: ['answer', 1],
  },
  {
    name: 'stalls, each time, and uses up the resume budget',
    answer: '200 broken off',
    service: { timeouts: { ...TIMEOUTS, resume: 1_200 } },
    prepare: always(stallAfter(PART)),
    waits: ['resume', 1],
  },
  {
    name: 'breaks off, and the rest does not come within the resume budget',
    answer: '200 broken off',
    service: { timeouts: { ...TIMEOUTS, resume: 600 } },
    prepare: breakThen(({ origin }) => origin.intervene(happening(neverAnswer))),
    waits: ['resume', 1],
  },
  {
    name: 'breaks off, and the image has been replaced',
    answer: '200 broken off',
    prepare: breakThen(({ objects }) => objects.set(KEY, createImage(makeBytes(2_999_999)))),
  },
  {
    name: 'breaks off, and the image has been replaced (buffered)',
    answer: '502 store-unavailable',
    service: buffered,
    prepare: breakThen(({ objects }) => objects.set(KEY, createImage(makeBytes(2_999_999)))),
  },
  {
    name: 'breaks off, and the image has been deleted (buffered)',
    answer: '502 store-unavailable',
    service: buffered,
    prepare: breakThen(({ objects }) => objects.delete(KEY)),
  },
  {
    name: 'breaks off, and the rest is refused',
    answer: '200 broken off',
    prepare: breakThen(({ origin }) => origin.intervene(happening(refuse(403, 'AccessDenied')))),
  },
  {
    name: 'breaks off, and the rest comes after a 503',
    answer: '200 whole',
    prepare: breakThen(({ origin }) => origin.intervene(happening(refuse(503, 'SlowDown'), { times: 1 }))),
  },
  {
    name: 'breaks off, and has no ETag',
    answer: '200 broken off',
    prepare: always((answer, request) =>
      resetAfter(PART)({ ...answer, headers: { 'Content-Length': '3000000' } }, request),
    ),
  },
  {
    name: 'breaks off, and the whole image comes for the rest',
    answer: '200 broken off',
    prepare: breakThen(({ origin, objects }) => {
      const { headers = {}, bytes = '' } = objects.get(KEY) ?? {};
      origin.intervene(() => ({ status: 200, headers: { ...headers, 'Content-Length': '3000000' }, body: bytes }));
    }),
  },
];

const ANSWER: readonly Omit<Fault, 'group'>[] = [
  {
    name: '500 InternalError, each time',
    answer: '502 store-unavailable',
    prepare: always(refuse(500, 'InternalError')),
  },
  { name: '500 InternalError, once', answer: '200 whole', prepare: once(refuse(500, 'InternalError')) },
  {
    name: '500 with a page in HTML',
    answer: '502 store-unavailable',
    prepare: always(answerWith(500, {}, '<html>Sorry')),
  },
  { name: '503 SlowDown, each time', answer: '503 store-throttled', prepare: always(refuse(503, 'SlowDown')) },
  { name: '503 SlowDown, once', answer: '200 whole', prepare: once(refuse(503, 'SlowDown')) },
  {
    name: '503 SlowDown to HEAD, each time',
    answer: '503 without a body',
    request: head,
    prepare: always(refuse(503, 'SlowDown')),
  },
  { name: '403 AccessDenied', answer: '502 store-forbidden', prepare: always(refuse(403, 'AccessDenied')) },
  { name: '403 without a body', answer: '502 store-forbidden', prepare: always(answerWith(403, {})) },
  {
    name: '403 with a body that is no XML',
    answer: '502 store-forbidden',
    prepare: always(answerWith(403, {}, '<<<')),
  },
  { name: '404 NoSuchKey, which is true', answer: '404 image-not-found', prepare: ({ objects }) => objects.clear() },
  { name: '404 NoSuchBucket', answer: '502 store-misconfigured', prepare: ({ origin }) => origin.buckets.clear() },
  { name: '404 without a body', answer: '502 store-misconfigured', prepare: always(answerWith(404, {})) },
  {
    name: '301 PermanentRedirect: another region',
    answer: '502 store-misconfigured',
    prepare: always(refuse(301, 'PermanentRedirect')),
  },
  {
    name: '400 AuthorizationHeaderMalformed: another region',
    answer: '502 store-misconfigured',
    service: { client: { region: 'us-east-1' } },
    prepare: () => undefined,
  },
  {
    name: '403 InvalidObjectState: archived',
    answer: '409 image-archived',
    prepare: always(refuse(403, 'InvalidObjectState')),
  },
  {
    name: '416 without the size',
    answer: '416 range-not-satisfiable',
    request: { headers: { range: 'bytes=3000000-' } },
    prepare: ({ origin }) =>
      origin.intervene(({ method }, answer) => (method === 'GET' ? { status: 416, headers: {}, body: '' } : answer)),
  },
  {
    name: 'another image each time, while a condition is decided',
    answer: '502 store-unavailable',
    request: { headers: { 'if-match': '*' } },
    prepare: ({ origin, objects }) =>
      origin.intervene(({ method }, answer) => {
        if (method === 'HEAD') objects.set(KEY, createImage(makeBytes(1000 + origin.requests.length)));
        return answer;
      }),
  },
  {
    name: 'no length',
    answer: '502 store-unavailable',
    prepare: always((_answer, _request) => (response) => response.writeHead(200).end('x')),
  },
  {
    name: 'a date that is none',
    answer: '502 store-unavailable',
    prepare: always(withHeaders({ 'Last-Modified': 'yesterday' })),
  },
  {
    name: 'a range that cannot be read',
    answer: '502 store-unavailable',
    request: { headers: { range: 'bytes=0-9' } },
    prepare: always(withHeaders({ 'Content-Range': 'bytes 0-9/*' })),
  },
  {
    name: 'a range that is not as long as the bytes',
    answer: '206 broken off',
    request: { headers: { range: 'bytes=0-9' } },
    prepare: always(withHeaders({ 'Content-Range': 'bytes 0-4/3000000' })),
  },
  {
    name: 'headers of nonsense',
    answer: '200 whole',
    prepare: always(
      withHeaders({ ETag: 'no quotes', 'Content-Type': 'text/html', 'Cache-Control': '\t', Expires: 'soon' }),
    ),
  },
];

const CREDENTIALS: readonly Omit<Fault, 'group'>[] = [
  {
    name: 'none are found',
    answer: '502 store-forbidden',
    service: { client: { credentials: noCredentials } },
    prepare: () => undefined,
  },
  { name: 'have expired', answer: '502 store-forbidden', prepare: always(refuse(400, 'ExpiredToken')) },
  {
    name: 'are signed by a clock that is an hour slow',
    answer: '200 whole',
    service: { now: () => Date.now() + 3_600_000 },
    prepare: () => undefined,
  },
  {
    name: 'are too old for S3, whatever the clock',
    answer: '502 store-forbidden',
    prepare: always(refuse(403, 'RequestTimeTooSkewed')),
  },
  {
    name: 'the role is refused',
    answer: '502 role-refused',
    service: { role: true },
    prepare: ({ origin }) => origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'another-external-id' }),
  },
  {
    name: 'the role is taken, and the bucket denies it',
    answer: '502 store-forbidden',
    service: { role: true },
    prepare: always(refuse(403, 'AccessDenied')),
  },
  {
    name: 'STS is throttling',
    answer: '503 store-throttled',
    service: { role: true },
    prepare: alwaysOfSts(refuse(400, 'Throttling')),
  },
  {
    name: 'STS fails, each time',
    answer: '502 store-unavailable',
    service: { role: true },
    prepare: alwaysOfSts(refuse(500, 'InternalFailure')),
  },
  {
    name: 'STS fails, once',
    answer: '200 whole',
    service: { role: true },
    prepare: ({ origin }) => origin.intervene(happening(refuse(500, 'InternalFailure'), { times: 1, to: 'STS' })),
  },
  {
    name: 'STS stays silent',
    answer: '504 store-timeout',
    service: { role: true },
    prepare: alwaysOfSts(neverAnswer),
    waits: ['firstByte', 3],
  },
];

const CLIENT: readonly Omit<Fault, 'group'>[] = [
  {
    name: 'stops reading',
    answer: '200 broken off',
    // Larger than all buffers between the store and the client.
    prepare: ({ objects }) => objects.set(KEY, createImage(Buffer.alloc(30_000_000))),
    clientStalls: true,
    waits: ['client', 1],
  },
];

export const FAULTS: readonly Fault[] = [
  ...CONNECTION.map((fault) => ({ group: 'The connection', ...fault })),
  ...BODY.map((fault) => ({ group: 'The body', ...fault })),
  ...ANSWER.map((fault) => ({ group: 'The answer', ...fault })),
  ...CREDENTIALS.map((fault) => ({ group: 'The credentials', ...fault })),
  ...CLIENT.map((fault) => ({ group: 'The client', ...fault })),
];

/** A name that nobody ever resolves: the connection is asked for, and never made. */
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
