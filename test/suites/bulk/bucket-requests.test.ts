import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { createImage } from '../../support/bucket-service.ts';
import { bucketSource, type GatewayService, startGatewayService } from '../../support/gateway-service.ts';
import { fetchImage, type HttpAnswer, type HttpRequest } from '../../support/http-client.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { signBatch, startSigning } from './batch.ts';

const OWNER = '222222222222';
const LIMIT = 100_000;
const AT_THE_LIMIT = makeBytes(LIMIT);
const ABOVE = makeBytes(LIMIT + 1);

const startService = (origin: AwsOrigin, owner = OWNER): Promise<GatewayService> =>
  startGatewayService(bucketSource('images', origin.client, owner), {
    SIGNED_LOCATIONS: 'on',
    REDIRECT_ABOVE: String(LIMIT),
  });

let origin: AwsOrigin;
let service: GatewayService;
beforeAll(async () => {
  origin = await startAwsOrigin();
  const objects = new Map([
    ['at-the-limit.jpeg', createImage(AT_THE_LIMIT)],
    ['above.jpeg', createImage(ABOVE)],
  ]);
  origin.buckets.set('images', { owner: OWNER, objects });
  service = await startService(origin);
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await origin.close();
});

/** The answer of the service, and the methods of the requests that the bucket received for it. */
const ask = async (
  path: string,
  request?: HttpRequest,
): Promise<HttpAnswer & { readonly asked: readonly string[] }> => {
  origin.requests.length = 0;
  const answer = await fetchImage(service.root + path, request);
  return { ...answer, asked: origin.requests.map(({ method }) => method) };
};

describe('the service asks the bucket once', () => {
  it('for an image that is as large as REDIRECT_ABOVE', async () => {
    const { status, bytes, asked } = await ask('at-the-limit.jpeg');
    expect([status, bytes.equals(AT_THE_LIMIT), asked]).toEqual([200, true, ['GET']]);
  });

  it('for a range of an image that is as large as REDIRECT_ABOVE', async () => {
    const { status, bytes, asked } = await ask('at-the-limit.jpeg', { headers: { range: 'bytes=10-19' } });
    expect([status, bytes.equals(AT_THE_LIMIT.subarray(10, 20)), asked]).toEqual([206, true, ['GET']]);
  });

  it.each([
    ['GET', undefined],
    ['GET of a range', { headers: { range: 'bytes=10-19' } }],
  ])('for a %s of a larger image, whose redirect costs one more request of the caller', async (_name, request) => {
    const { status, headers, asked } = await ask('above.jpeg', request);
    expect([status, asked]).toEqual([307, ['GET']]);
    const followed = await fetch(String(headers.location));
    expect([followed.status, Buffer.from(await followed.arrayBuffer()).equals(ABOVE)]).toEqual([200, true]);
    expect(origin.requests).toHaveLength(2);
  });

  it.each([
    ['HEAD', { method: 'HEAD' }, 'HEAD'],
    ['GET by a page of another origin', { headers: { origin: 'https://app.example.com' } }, 'GET'],
  ] as const)('for a %s of a larger image, and does not redirect it', async (_name, request, method) => {
    const { status, asked } = await ask('above.jpeg', request);
    expect([status, asked]).toEqual([200, [method]]);
  });
});

describe('a signed URL', () => {
  const sign = async (signer: GatewayService): Promise<string> => {
    const { lines } = await signBatch(signer, ['above.jpeg'], false);
    return String(lines[0]?.['url']);
  };

  it('returns the whole image if If-Range has another ETag, and the range if it has the same', async () => {
    const url = await sign(service);
    const etag = origin.buckets.get('images')?.objects.get('above.jpeg')?.headers['ETag'] ?? '';
    const statuses = await Promise.all(
      ['"another"', etag].map(async (ifRange) => {
        const { status } = await fetch(url, { headers: { range: 'bytes=0-9', 'if-range': ifRange } });
        return status;
      }),
    );
    expect(statuses).toEqual([200, 206]);
  });

  it('is refused if the bucket belongs to another account', async () => {
    await using misled = await startService(origin, '999999999999');
    const response = await fetch(await sign(misled));
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('AccessDenied')]);
    const { lines } = await signBatch(misled, ['above.jpeg']);
    expect(lines[0]).toMatchObject({ problem: { code: 'store-forbidden' } });
  });
});

describe('a batch of 1,000 paths', () => {
  it('sends one HEAD request per path, and at most 50 at the same time', async () => {
    await using signing = await startSigning(1_000, 50);
    const { status, lines } = await signBatch(signing.service, signing.paths);
    expect([status, lines.length, lines.at(-1)]).toEqual([200, 1_001, { count: 1_000 }]);
    expect(lines.slice(0, -1).map(({ path }) => path)).toEqual(signing.paths);
    expect(lines.slice(0, -1).every(({ url, size }) => typeof url === 'string' && size === 1_000)).toBe(true);
    expect(signing.requests.map(({ method }) => method)).toEqual(signing.paths.map(() => 'HEAD'));
    expect(signing.mostInFlight()).toBeLessThanOrEqual(50);
    expect(signing.mostInFlight()).toBeGreaterThan(10);
  });

  it('sends no request with describe: false', async () => {
    await using signing = await startSigning(1_000, 20);
    const { lines } = await signBatch(signing.service, signing.paths, false);
    expect(lines.slice(0, -1).every(({ url, size }) => typeof url === 'string' && size === undefined)).toBe(true);
    expect(signing.requests).toEqual([]);
  });
});
