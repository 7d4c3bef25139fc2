import { type BucketService, createImage } from '../../support/bucket-service.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { type Fault, IMAGE, KEY, TIMEOUTS } from './fault.ts';
import { createIntervention, type FaultyReply, neverAnswer, refuse, resetAfter, stallAfter } from './interventions.ts';
import { always, once } from './preparations.ts';

const redirect = ({ service, ...fault }: Omit<Fault, 'group'>): Fault => ({
  group: 'Redirect',
  ...fault,
  service: { ...service, redirectAbove: 1_000_000 },
});

const PART = 100_000;
const range = { headers: { range: 'bytes=1000000-1999999' } };
const condition = { headers: { 'if-match': '*' } };
/** Milliseconds. S3 accepts such a session, but it is too short to sign a URL, so the service asks STS for another one. */
const SHORT = 4_000;
const shortSession = { role: true, lifetime: SHORT };
const anyNumber = { requests: /AssumeRole ×\d+/ };

/** STS works until S3 has received the request for the image. */
const thenFromSts =
  (reply: FaultyReply) =>
  ({ origin }: BucketService): void => {
    let isRead = false;
    const fail = createIntervention(reply, { service: 'STS' });
    origin.intervene((request, answer) => {
      isRead ||= request.method === 'GET';
      return isRead ? fail(request, answer) : answer;
    });
  };

export const REDIRECT: readonly Fault[] = [
  redirect({
    name: 'S3 answers 503 SlowDown, once',
    expected: '307 redirect',
    prepare: once(refuse(503, 'SlowDown')),
  }),
  redirect({
    name: 'S3 answers 503 SlowDown to a range request, once',
    expected: '307 redirect',
    request: range,
    prepare: once(refuse(503, 'SlowDown')),
  }),
  redirect({
    name: 'S3 answers 403 AccessDenied',
    expected: '502 store-forbidden',
    prepare: always(refuse(403, 'AccessDenied')),
  }),
  redirect({
    name: 'the connection is reset in the middle of the image, which the service does not read',
    expected: '307 redirect',
    prepare: always(resetAfter(PART)),
  }),
  redirect({
    name: 'the body stalls, which the service does not read',
    expected: '307 redirect',
    prepare: always(stallAfter(PART)),
  }),
  redirect({
    name: 'the range is outside the image',
    expected: '416 range-not-satisfiable',
    request: { headers: { range: 'bytes=3000000-' } },
    prepare: () => undefined,
  }),
  redirect({
    name: 'the image is not the version that a condition requires',
    expected: '412 precondition-failed',
    request: { headers: { 'if-match': '"another"' } },
    prepare: () => undefined,
  }),
  redirect({
    name: 'the image is replaced once after the HEAD that evaluates a condition',
    expected: '307 redirect',
    request: condition,
    prepare: ({ origin, objects }) =>
      origin.intervene(({ method }, answer) => {
        if (method === 'HEAD' && objects.get(KEY) === IMAGE) objects.set(KEY, createImage(makeBytes(2_000_000)));
        return answer;
      }),
  }),
  redirect({
    name: 'the image is replaced after each HEAD that evaluates a condition',
    expected: '502 store-unavailable',
    request: condition,
    prepare: ({ origin, objects }) =>
      origin.intervene(({ method }, answer) => {
        if (method === 'HEAD') objects.set(KEY, createImage(makeBytes(2_000_000 + origin.requests.length)));
        return answer;
      }),
  }),
  redirect({
    name: 'every session of the role is too short to sign a URL',
    expected: '502 store-unavailable',
    service: shortSession,
    prepare: () => undefined,
    varies: anyNumber,
  }),
  redirect({
    name: 'the session of the role is too short to sign a URL, and STS fails',
    expected: '502 store-unavailable',
    service: shortSession,
    prepare: thenFromSts(refuse(500, 'InternalFailure')),
    varies: anyNumber,
  }),
  redirect({
    name: 'the session of the role is too short to sign a URL, and STS does not respond before the answer timeout',
    expected: '504 store-timeout',
    service: { ...shortSession, timeouts: { ...TIMEOUTS, answer: 2_000, firstByte: 2_500 } },
    prepare: thenFromSts(neverAnswer),
    expires: ['answer', 1],
    varies: anyNumber,
  }),
];
