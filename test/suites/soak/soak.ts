import { Agent } from 'node:http';
import { type BucketService, createImage, EXTERNAL_ID, startBucketService } from '../../support/bucket-service.ts';
import { fetchImage, type HttpAnswer, type HttpRequest } from '../../support/http-client.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { API_KEY } from '../../support/service.ts';

export interface SoakOptions {
  readonly requests: number;
  /** Number of concurrent requests. */
  readonly clients: number;
  readonly report: (line: string) => void;
}

/** The connections and the memory that the process holds at one moment. */
export interface Sample {
  readonly requests: number;
  /** Open connections from clients, and to S3 and STS. */
  readonly sockets: { readonly clients: number; readonly store: number };
  /** Megabytes of the whole process: clients, service and store. */
  readonly resident: number;
  /** Megabytes after a garbage collection. */
  readonly heap: number;
}

export interface SoakResult {
  readonly start: Sample;
  readonly middle: Sample;
  readonly end: Sample;
  /** One line for each failed check. */
  readonly failures: readonly string[];
}

/** Sends requests of every kind through gateway, handlers and S3 adapter to an origin, and checks for leaks. */
export const soak = async ({ requests, clients, report }: SoakOptions): Promise<SoakResult> => {
  const failures = new Set<string>();
  const onRejection = (reason: unknown) => failures.add(`unhandled rejection: ${reason}`);
  process.on('unhandledRejection', onRejection);
  // The SDK refreshes credentials 5 minutes before they expire. With this lifetime it does so every 2 seconds.
  await using service = await startBucketService({ role: true, lifetime: 302_000, timeouts: LONG_TIMEOUTS });
  for (const [key, bytes] of IMAGES) service.objects.set(key, createImage(bytes));
  const unwanted: (() => void)[] = [];
  service.origin.intervene(({ path }, answer) => {
    if (!path.endsWith('unwanted.jpeg')) return answer;
    unwanted.shift()?.();
    // The store answers late, after the client has disconnected.
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
      const output = JSON.stringify(answer.headers) + (answer.status >= 400 ? answer.bytes : '');
      for (const secret of findSecrets(service, output)) failures.add(`a response contains the secret ${secret}`);
      if (!kind.isRight(answer))
        failures.add(
          `${kind.name}: ${answer.status}, ${answer.bytes.length} bytes${answer.isBroken ? ', interrupted' : ''}`,
        );
    }
  };
  let storeRequests = 0;
  const run = async (until: number): Promise<Sample> => {
    await Promise.all(Array.from({ length: clients }, () => work(until)));
    for (const secret of findSecrets(service, service.log.join('')))
      failures.add(`the log contains the secret ${secret}`);
    storeRequests += service.origin.requests.length;
    // The tests record requests and log lines; that memory must not count as a leak of the service.
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
  report(`${storeRequests} requests reached the store, with ${assumptions} successive sets of credentials`);
  agent.destroy();
  await waitForSockets(service);
  const end = takeSample(service, sent);
  report(format('end, no clients', end));

  for (const failure of service.gateway.failures) {
    if (!DISCONNECTED.has((failure as NodeJS.ErrnoException).code))
      failures.add(`a response was interrupted: ${failure}`);
  }
  if (end.sockets.clients + end.sockets.store > 0) failures.add('connections stay open');
  // Open connections do not reveal unread bodies: a body in the kernel's buffers counts as sent, its connection as idle.
  if (service.bodies() > 0) failures.add(`${service.bodies()} bodies are neither read nor destroyed`);
  if (end.heap - start.heap > MAX_HEAP_GROWTH) failures.add(`the heap grew by more than ${MAX_HEAP_GROWTH} MB`);
  if (end.resident - start.resident > MAX_RESIDENT_GROWTH)
    failures.add(`resident memory grew by more than ${MAX_RESIDENT_GROWTH} MB`);
  process.off('unhandledRejection', onRejection);
  return { start, middle, end, failures: [...failures] };
};

/** Error codes of a write to a client that has disconnected. */
const DISCONNECTED: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/** Milliseconds. They are long because clients, service and store share one thread, for which 200 requests wait. */
const LONG_TIMEOUTS = {
  connect: 60_000,
  firstByte: 60_000,
  idle: 60_000,
  answer: 60_000,
  client: 60_000,
  resume: 60_000,
};

/** Megabytes. Resident memory may grow more than the heap, because V8 and the allocator keep freed memory for reuse. */
const MAX_HEAP_GROWTH = 5;
const MAX_RESIDENT_GROWTH = 60;

/** `unwanted` has a function for each client that disconnects as soon as the store receives the request for its image. */
type Soaked = Pick<BucketService, 'objects'> & { readonly unwanted: (() => void)[] };

interface Kind {
  readonly name: string;
  readonly key: string;
  request(service: Soaked): HttpRequest;
  isRight(answer: HttpAnswer): boolean;
}

const SMALL = makeBytes(2_000);
const LARGE = makeBytes(150_000);
/** Larger than the socket buffers, so when a client disconnects the store still has bytes to send. */
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
  name: `a client that disconnects after ${hangUpAfter} bytes`,
  key: 'huge.jpeg',
  request: () => ({ hangUpAfter }),
  isRight: ({ status }) => status === 200,
});
const hangUpBefore: Kind = {
  name: 'a client that disconnects before the response',
  key: 'unwanted.jpeg',
  request: ({ unwanted }) => ({ hangUpAt: new Promise<void>((resolve) => unwanted.push(resolve)) }),
  isRight: ({ status }) => status === 0,
};

/** The clients send these in turn. Repeated kinds are sent more often. */
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

const findSecrets = ({ origin }: BucketService, output: string): readonly string[] =>
  [API_KEY, EXTERNAL_ID, ...origin.secrets()].filter((secret) => output.includes(secret));

/** Waits until idle connections have timed out. A connection that is still open after 30 seconds is a leak. */
const waitForSockets = async ({ origin, gateway }: BucketService): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (origin.sockets() + gateway.sockets() > 0 && performance.now() < deadline) {
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
  `${when.padEnd(22)} ${String(requests).padStart(6)} requests   sockets: ${sockets.clients} from clients, ${sockets.store} to the store   ` +
  `resident: ${resident.toFixed(0)} MB   heap: ${heap.toFixed(1)} MB`;
