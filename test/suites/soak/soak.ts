import { Agent } from 'node:http';
import { type BucketService, createImage, EXTERNAL_ID, startBucketService } from '../../support/bucket-service.ts';
import { fetchImage, type HttpAnswer, type HttpRequest } from '../../support/http-client.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { API_KEY } from '../../support/service.ts';

export interface SoakOptions {
  readonly requests: number;
  /** How many requests there are at any time. */
  readonly clients: number;
  readonly report: (line: string) => void;
}

/** What the service holds at a moment. */
export interface Sample {
  readonly requests: number;
  /** Open connections: of clients, and to S3 and STS. */
  readonly sockets: { readonly clients: number; readonly store: number };
  /** In megabytes, of the whole process: clients, service and store. */
  readonly resident: number;
  /** In megabytes, after a collection. */
  readonly heap: number;
}

export interface SoakResult {
  readonly start: Sample;
  readonly middle: Sample;
  readonly end: Sample;
  /** One line for each thing that is not as it has to be. */
  readonly faults: readonly string[];
}

/** Sends requests of every kind through gateway, handlers and S3 adapter to an origin, and watches what stays behind. */
export const soak = async ({ requests, clients, report }: SoakOptions): Promise<SoakResult> => {
  const faults = new Set<string>();
  const onRejection = (reason: unknown) => faults.add(`an unhandled rejection: ${reason}`);
  process.on('unhandledRejection', onRejection);
  // The SDK takes new credentials 5 minutes before the old ones end: here, every 2 seconds, under load.
  await using service = await startBucketService({ role: true, lifetime: 302_000, timeouts: PATIENT });
  for (const [key, bytes] of IMAGES) service.objects.set(key, createImage(bytes));
  const unwanted: (() => void)[] = [];
  service.origin.intervene(({ path }, answer) => {
    if (!path.endsWith('unwanted.jpeg')) return answer;
    unwanted.shift()?.();
    // The store takes its time, so that the client is gone when it answers.
    return (response) => setTimeout(() => response.writeHead(answer.status, answer.headers).end(answer.body), 100);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: clients });

  let sent = 0;
  const work = async (until: number): Promise<void> => {
    while (sent < until) {
      const kind = KINDS[sent++ % KINDS.length] as Kind;
      const answer = await fetchImage(service.url(kind.key), {
        ...kind.request({ objects: service.objects, unwanted }),
        agent,
      });
      const said = JSON.stringify(answer.headers) + (answer.status >= 400 ? answer.bytes : '');
      for (const secret of findSecrets(service, said)) faults.add(`an answer holds ${secret}`);
      if (!kind.isRight(answer))
        faults.add(
          `${kind.name}: ${answer.status}, ${answer.bytes.length} bytes${answer.isBroken ? ', broken off' : ''}`,
        );
    }
  };
  let asked = 0;
  const run = async (until: number): Promise<Sample> => {
    await Promise.all(Array.from({ length: clients }, () => work(until)));
    for (const secret of findSecrets(service, service.log.join(''))) faults.add(`the log holds ${secret}`);
    asked += service.origin.requests.length;
    // What the tests keep of each request is not the service's.
    service.log.length = 0;
    service.origin.requests.length = 0;
    return takeSample(service, sent);
  };

  const warm = Math.floor(requests / 4);
  const start = await run(warm);
  report(format('start, warmed up', start));
  const middle = await run(warm + Math.floor((requests - warm) / 2));
  report(format('middle', middle));
  await run(requests);
  const assumptions = service.origin.secrets().filter((secret) => secret.startsWith('ASIA')).length;
  report(`${asked} requests reached the store, with ${assumptions} sets of credentials, one after another`);
  agent.destroy();
  await waitForSockets(service);
  const end = takeSample(service, sent);
  report(format('end, all clients gone', end));

  for (const failure of service.gateway.failures) {
    if (!HUNG_UP.has((failure as NodeJS.ErrnoException).code)) faults.add(`an answer broke off: ${failure}`);
  }
  if (end.sockets.clients + end.sockets.store > 0) faults.add('connections stay open');
  // What the kernel has taken of a body looks sent to the store, and its connection idle.
  if (service.bodies() > 0) faults.add(`${service.bodies()} bodies are neither read nor destroyed`);
  if (end.heap - start.heap > MAX_HEAP_GROWTH) faults.add(`the heap grew by more than ${MAX_HEAP_GROWTH} MB`);
  if (end.resident - start.resident > MAX_RESIDENT_GROWTH)
    faults.add(`resident memory grew by more than ${MAX_RESIDENT_GROWTH} MB`);
  process.off('unhandledRejection', onRejection);
  return { start, middle, end, faults: [...faults] };
};

/** What it is to write to a client that has hung up. */
const HUNG_UP: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/** Clients, service and store share one thread here, and 200 requests wait for it. In milliseconds. */
const PATIENT = { connect: 60_000, firstByte: 60_000, idle: 60_000, answer: 60_000, client: 60_000, resume: 60_000 };

/** Megabytes. What V8 and the allocator keep for later use varies by more than what is in use. */
const MAX_HEAP_GROWTH = 5;
const MAX_RESIDENT_GROWTH = 60;

/** The service, and the clients that hang up as soon as the store is asked for their image. */
type Soaked = Pick<BucketService, 'objects'> & { readonly unwanted: (() => void)[] };

interface Kind {
  readonly name: string;
  readonly key: string;
  request(service: Soaked): HttpRequest;
  isRight(answer: HttpAnswer): boolean;
}

const SMALL = makeBytes(2_000);
const LARGE = makeBytes(150_000);
/** More than the sockets on its way hold: who hangs up leaves the store with something to send. */
const HUGE = makeBytes(3_000_000);
const IMAGES: ReadonlyMap<string, Buffer> = new Map([
  ['small.jpeg', SMALL],
  ['large.jpeg', LARGE],
  ['huge.jpeg', HUGE],
  ['unwanted.jpeg', HUGE],
]);

const whole = (key: string, bytes: Buffer): Kind => ({
  name: `GET of ${key}`,
  key,
  request: () => ({}),
  isRight: ({ status, bytes: got, isBroken }) => status === 200 && !isBroken && got.equals(bytes),
});
const empty = (name: string, key: string, request: Kind['request'], expected: number): Kind => ({
  name,
  key,
  request,
  isRight: ({ status, bytes, isBroken }) => status === expected && !isBroken && bytes.length === 0,
});
const problem = (name: string, key: string, request: HttpRequest, expected: number): Kind => ({
  name,
  key,
  request: () => request,
  isRight: ({ status, bytes, isBroken }) =>
    status === expected && !isBroken && JSON.parse(String(bytes)).status === expected,
});
const hangUp = (hangUpAfter: number): Kind => ({
  name: `a client that hangs up after ${hangUpAfter} bytes`,
  key: 'huge.jpeg',
  request: () => ({ hangUpAfter }),
  isRight: ({ status }) => status === 200,
});
const hangUpBefore: Kind = {
  name: 'a client that hangs up before the answer',
  key: 'unwanted.jpeg',
  request: ({ unwanted }) => ({ hangUpAt: new Promise<void>((resolve) => unwanted.push(resolve)) }),
  isRight: ({ status }) => status === 0,
};

/** In turn; some of them more often. */
const KINDS: readonly Kind[] = [
  whole('small.jpeg', SMALL),
  empty('HEAD', 'small.jpeg', () => ({ method: 'HEAD' }), 200),
  whole('small.jpeg', SMALL),
  empty(
    '304',
    'large.jpeg',
    ({ objects }) => ({ headers: { 'if-none-match': objects.get('large.jpeg')?.headers['ETag'] ?? '' } }),
    304,
  ),
  whole('large.jpeg', LARGE),
  problem('404', 'missing.jpeg', {}, 404),
  {
    name: 'a range',
    key: 'large.jpeg',
    request: () => ({ headers: { range: 'bytes=1000-1999' } }),
    isRight: ({ status, bytes, isBroken }) => status === 206 && !isBroken && bytes.equals(LARGE.subarray(1000, 2000)),
  },
  problem('416', 'small.jpeg', { headers: { range: 'bytes=2000-' } }, 416),
  hangUpBefore,
  whole('small.jpeg', SMALL),
  hangUp(1),
  problem('400', 'a%2Fb.jpeg', {}, 400),
  hangUp(70_000),
];

const findSecrets = ({ origin }: BucketService, said: string): readonly string[] =>
  [API_KEY, EXTERNAL_ID, ...origin.secrets()].filter((secret) => said.includes(secret));

/** Idle connections to the store are kept for a while, and then given up; what is in use is not. */
const waitForSockets = async ({ origin, gateway }: BucketService): Promise<void> => {
  const patience = performance.now() + 30_000;
  while (origin.sockets() + gateway.sockets() > 0 && performance.now() < patience) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const takeSample = ({ gateway, origin }: BucketService, requests: number): Sample => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    requests,
    sockets: { clients: gateway.sockets(), store: origin.sockets() },
    resident: rss / 1_000_000,
    heap: heapUsed / 1_000_000,
  };
};

const format = (when: string, { requests, sockets, resident, heap }: Sample): string =>
  `${when.padEnd(22)} ${String(requests).padStart(6)} requests   sockets: ${sockets.clients} of clients, ${sockets.store} to the store   ` +
  `resident: ${resident.toFixed(0)} MB   heap: ${heap.toFixed(1)} MB`;
