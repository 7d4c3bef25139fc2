import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, inject, it } from 'vitest';
import { type RunningProxy, startProxy } from '../../support/changing-proxy.ts';
import { bucketSource, type GatewayService, startGatewayService } from '../../support/gateway-service.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { API_KEY } from '../../support/service.ts';
import { type CurlAnswer, curl } from './curl.ts';

const account = inject('signing');
const { endpoint, region, bucket, prefix, role } = account;

const LARGE = makeBytes(300_000);
const SMALL = makeBytes(2_000);
const SVG = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${'<g/>'.repeat(30_000)}</svg>`);
const REDIRECT_ABOVE = '100000';

const IMAGES: ReadonlyMap<string, Buffer> = new Map([
  ['a b/ü+&=.jpeg', SMALL],
  ['drawing.svg', SVG],
  ['large.jpeg', LARGE],
  ['small.jpeg', SMALL],
]);
const PATHS = ['a%20b/%C3%BC%2B%26%3D.jpeg', 'drawing.svg', 'large.jpeg', 'small.jpeg'];

const admin = new S3Client({ endpoint, region, credentials: account.admin });
for (const [path, bytes] of IMAGES) {
  // The type is that of the key, not of the object: S3 did not learn it.
  await admin.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${path}`, Body: bytes }));
}

/** The service with the role of the template, and a proxy that records the requests that reach the bucket. */
interface Signing extends AsyncDisposable {
  readonly service: GatewayService;
  readonly bucket: RunningProxy;
  /** Runs curl with the API key. */
  ask(path: string, ...args: readonly string[]): Promise<CurlAnswer>;
}

interface SigningOptions {
  /** Seconds of the session of the role. */
  readonly session?: number;
  /** Whether the service knows when its session ends. Lambda does not say so. Default: true. */
  readonly isEndKnown?: boolean;
  readonly prefix?: string;
}

const startSigning = async (options: SigningOptions = {}): Promise<Signing> => {
  const { session = 3_600, isEndKnown = true } = options;
  const request = { RoleArn: role, RoleSessionName: 'images-api', DurationSeconds: session };
  const sts = new STSClient({ endpoint, region, credentials: account.admin });
  const { Credentials: issued } = await sts.send(new AssumeRoleCommand(request));
  const credentials = {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
    ...(isEndKnown && issued?.Expiration && { expiration: issued.Expiration }),
  };
  const proxy = await startProxy(endpoint, {});
  const source = bucketSource(bucket, { endpoint: proxy.origin, region, credentials }, account.id);
  const variables = { IMAGES_PREFIX: options.prefix ?? prefix, LISTING: 'on', SIGNED_LOCATIONS: 'on', REDIRECT_ABOVE };
  const service = await startGatewayService(source, variables);
  return {
    service,
    bucket: proxy,
    ask: (path, ...args) => curl('--header', `x-api-key: ${API_KEY}`, ...args, service.root + path),
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

type Line = Readonly<Record<'url' | 'path' | 'etag' | 'expires' | 'contentType', string>> & {
  readonly size: number;
  readonly problem?: { readonly code: string };
};

const readLines = ({ bytes }: CurlAnswer): readonly unknown[] =>
  bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The lines of a batch, without the last one. */
const sign = async ({ ask }: Signing, paths: readonly string[], describe = true): Promise<readonly Line[]> => {
  const answer = await ask('', '--data', JSON.stringify({ paths, describe }));
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const lines = readLines(answer);
  expect(lines.at(-1)).toEqual({ count: paths.length });
  return lines.slice(0, -1) as readonly Line[];
};

const signOne = async (signing: Signing, path: string): Promise<Line> => {
  const [line] = await sign(signing, [path], false);
  if (line === undefined) throw new Error('The batch has no line.');
  return line;
};

const methodsAt = ({ bucket: { requests } }: Signing): readonly string[] => requests.map(({ method }) => method);

const codeOf = ({ bytes }: CurlAnswer): string | undefined => /<Code>(.*)<\/Code>/.exec(bytes.toString())?.[1];

describe('a listing with the role of the template, read by curl', () => {
  it('is one page in JSON', async () => {
    await using signing = await startSigning();
    const answer = await signing.ask('');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const { images, next } = JSON.parse(answer.bytes.toString());
    expect(images.map(({ path, size }: Line) => [path, size])).toEqual(
      [...IMAGES.values()].map((bytes, index) => [PATHS[index], bytes.length]),
    );
    expect(next).toBeNull();
    expect(signing.bucket.requests).toHaveLength(1);
  });

  it('continues in NDJSON where a page ended', async () => {
    await using signing = await startSigning();
    const accept = ['--header', 'accept: application/x-ndjson'];
    const [first, second, { next }] = readLines(await signing.ask('?limit=2', ...accept)) as [
      Line,
      Line,
      { next: string },
    ];
    const [third, fourth, end] = readLines(await signing.ask(`?limit=2&cursor=${next}`, ...accept)) as Line[];
    expect([first, second, third, fourth].map((line) => line?.path)).toEqual(PATHS);
    expect(end).toEqual({ next: null });
  });
});

describe('a batch with the role of the template, sent by curl', () => {
  it('has URLs from which curl reads the stored bytes', async () => {
    await using signing = await startSigning();
    const lines = await sign(signing, [...PATHS, 'missing.jpeg']);
    expect(lines.at(-1)?.problem?.code).toBe('image-not-found');
    for (const [index, [path, bytes]] of [...IMAGES].entries()) {
      const line = lines[index] as Line;
      const answer = await curl(line.url);
      expect(answer.status, path).toBe(200);
      expect(answer.bytes.equals(bytes), path).toBe(true);
      expect({ etag: answer.headers.get('etag'), contentType: answer.headers.get('content-type') }).toEqual({
        etag: line.etag,
        contentType: line.contentType,
      });
      expect([line.path, line.size]).toEqual([PATHS[index], bytes.length]);
    }
  });

  it('sends one HEAD request per path, and none with describe: false', async () => {
    await using signing = await startSigning();
    await sign(signing, PATHS);
    expect(methodsAt(signing)).toEqual(['HEAD', 'HEAD', 'HEAD', 'HEAD']);
    const lines = await sign(signing, [...PATHS, 'missing.jpeg'], false);
    expect(signing.bucket.requests).toHaveLength(4);
    expect(lines.map((line) => Object.keys(line))).toEqual(lines.map(() => ['path', 'url', 'expires']));
  });

  it('has URLs that accept Range and If-Range', async () => {
    await using signing = await startSigning();
    const [line] = await sign(signing, ['large.jpeg']);
    const { url, etag } = line as Line;
    const range = ['--header', 'range: bytes=1000-1999'];
    const part = LARGE.subarray(1_000, 2_000);
    for (const condition of [[], ['--header', `if-range: ${etag}`]]) {
      const answer = await curl(url, ...range, ...condition);
      expect([answer.status, answer.bytes.equals(part)]).toEqual([206, true]);
    }
  });

  it.skip('has URLs that return the whole image if If-Range has another ETag (left out: ministack ignores If-Range)');

  it('has a URL with which an SVG is downloaded instead of shown', async () => {
    await using signing = await startSigning();
    const { headers } = await curl((await signOne(signing, 'drawing.svg')).url);
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual(['image/svg+xml', 'attachment']);
    const image = await curl((await signOne(signing, 'large.jpeg')).url);
    expect(image.headers.get('content-disposition')).toBeUndefined();
  });
});

describe('a redirect with the role of the template', () => {
  it('leads curl --location to the stored bytes, with one request of the service and one of curl', async () => {
    await using signing = await startSigning();
    const answer = await signing.ask('large.jpeg', '--location');
    expect([answer.status, answer.bytes.equals(LARGE)]).toEqual([200, true]);
    expect(methodsAt(signing)).toEqual(['GET', 'GET']);
    // curl sends the key to S3, which ignores it.
    expect(signing.bucket.requests.map(({ headers }) => headers['x-api-key'])).toEqual([undefined, API_KEY]);
  });

  it('leads curl --location to the part of a Range', async () => {
    await using signing = await startSigning();
    const answer = await signing.ask('large.jpeg', '--location', '--range', '5-104');
    expect([answer.status, answer.bytes.equals(LARGE.subarray(5, 105))]).toEqual([206, true]);
    expect(methodsAt(signing)).toEqual(['GET', 'GET']);
  });

  it.each([
    ['small.jpeg', SMALL],
    ['drawing.svg', SVG],
  ])('is not sent for %s', async (path, bytes) => {
    await using signing = await startSigning();
    const answer = await signing.ask(path);
    expect([answer.status, answer.bytes.equals(bytes)]).toEqual([200, true]);
    expect(methodsAt(signing)).toEqual(['GET']);
  });
});

describe('S3 in ministack', () => {
  const changes: readonly [name: string, change: (url: URL) => void][] = [
    [
      'another key',
      (url) => {
        url.pathname = url.pathname.replace('small', 'large');
      },
    ],
    ['another content type', (url) => url.searchParams.set('response-content-type', 'text/html')],
    ['a longer validity', (url) => url.searchParams.set('X-Amz-Expires', '3600')],
    ['another bucket owner', (url) => url.searchParams.delete('x-amz-expected-bucket-owner')],
    [
      'another signature',
      ({ searchParams }) =>
        searchParams.set(
          'X-Amz-Signature',
          (searchParams.get('X-Amz-Signature') ?? '').replace(/./, (digit) => (digit === '0' ? '1' : '0')),
        ),
    ],
  ];

  it.each(changes)('refuses a signed URL with %s', async (_name, change) => {
    await using signing = await startSigning();
    const url = new URL((await signOne(signing, 'small.jpeg')).url);
    expect((await curl(url.href)).status).toBe(200);
    change(url);
    const answer = await curl(url.href);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  it('refuses a signed URL of a key that the role may not read', async () => {
    await using signing = await startSigning({ prefix: '' });
    const answer = await curl((await signOne(signing, 'private/image.jpeg')).url);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'AccessDenied']);
  });

  it.skip(
    'refuses a signed URL if the bucket belongs to another account (left out: ministack ignores x-amz-expected-bucket-owner)',
  );
});

describe.concurrent('S3 in ministack, some seconds later,', () => {
  /** Reads until S3 refuses, at least once with success. */
  const readUntilRefused = async (url: string): Promise<CurlAnswer> => {
    const started = performance.now();
    for (let reads = 0; ; reads++) {
      const answer = await curl(url);
      if (answer.status !== 200) {
        expect(reads).toBeGreaterThan(0);
        return answer;
      }
      if (performance.now() - started > 25_000) throw new Error('The URL is still valid after 25 s.');
    }
  };

  it('refuses a signed URL that has expired, before the session of the role ends', async () => {
    await using signing = await startSigning({ session: 11 });
    const { url, expires } = await signOne(signing, 'small.jpeg');
    const answer = await readUntilRefused(url);
    expect([answer.status, codeOf(answer), answer.bytes.toString()]).toEqual([
      403,
      'AccessDenied',
      expect.stringContaining('Request has expired'),
    ]);
    expect(Date.now()).toBeGreaterThan(Date.parse(expires));
  });

  it('refuses a signed URL after the session of the role has ended, whose end the service does not know', async () => {
    await using signing = await startSigning({ session: 6, isEndKnown: false });
    const { url, expires } = await signOne(signing, 'small.jpeg');
    const answer = await readUntilRefused(url);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'ExpiredToken']);
    expect(Date.now()).toBeLessThan(Date.parse(expires));
  });
});
