import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { createImage } from '../../support/bucket-service.ts';
import { bucketSource, type GatewayService, startGatewayService } from '../../support/gateway-service.ts';
import { makeBytes } from '../../support/image-bytes.ts';

/** A service that signs locations, in front of a bucket whose answers take a while. */
export interface SigningService extends AsyncDisposable {
  readonly service: GatewayService;
  readonly paths: readonly string[];
  /** The requests that the bucket has received. */
  readonly requests: AwsOrigin['requests'];
  /** Most requests that the bucket has answered at the same time. */
  mostInFlight(): number;
}

/** @param delay milliseconds until the bucket answers a request. */
export const startSigning = async (images: number, delay: number): Promise<SigningService> => {
  const origin = await startAwsOrigin();
  const paths = Array.from({ length: images }, (_, index) => `a/${index}.jpeg`);
  const object = createImage(makeBytes(1_000));
  origin.buckets.set('images', { owner: OWNER, objects: new Map(paths.map((path) => [path, object])) });
  let inFlight = 0;
  let most = 0;
  origin.intervene((_request, { status, headers }) => {
    inFlight++;
    most = Math.max(most, inFlight);
    return (response) => {
      setTimeout(() => {
        inFlight--;
        response.writeHead(status, headers).end();
      }, delay);
    };
  });
  const service = await startGatewayService(bucketSource('images', origin.client, OWNER), { SIGNED_LOCATIONS: 'on' });
  return {
    service,
    paths,
    requests: origin.requests,
    mostInFlight: () => most,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await origin.close();
    },
  };
};

const OWNER = '222222222222';

export interface SignedBatch {
  readonly status: number;
  /** The lines of the answer. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export const signBatch = async (
  { root, headers }: GatewayService,
  paths: readonly string[],
  describe?: boolean,
): Promise<SignedBatch> => {
  const response = await fetch(root, { method: 'POST', headers, body: JSON.stringify({ paths, describe }) });
  const lines = (await response.text()).trimEnd().split('\n');
  return { status: response.status, lines: lines.map((line) => JSON.parse(line)) };
};

/** Prints time, memory and requests of batches. Appends to `failures`. */
export const measureBatches = async (
  images: number,
  print: (line: string) => void,
  failures: string[],
): Promise<void> => {
  for (const describe of [true, false, true, false]) {
    await using signing = await startSigning(images, 100);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const started = performance.now();
    const { lines } = await signBatch(signing.service, signing.paths, describe);
    const duration = performance.now() - started;
    clearInterval(sampling);
    const what = `a batch of ${images} paths, describe: ${describe}`;
    print(
      `${what}: ${(duration / 1_000).toFixed(2)} s, ${signing.requests.length} requests to S3, at most ${signing.mostInFlight()} in flight, ` +
        `memory grew by ${((peak - before) / 1_000_000).toFixed(0)} MB to ${(peak / 1_000_000).toFixed(0)} MB`,
    );
    if (lines.filter(({ url }) => typeof url === 'string').length !== images)
      failures.push(`${what}: a URL is missing`);
    if (signing.mostInFlight() > 50) failures.push(`${what}: ${signing.mostInFlight()} requests were in flight`);
  }
};
