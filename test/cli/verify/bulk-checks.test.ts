import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createS3Client } from '../../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../../../src/adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import type { Subject } from '../../../src/cli/verify/check.ts';
import { VERIFY_CHECKS } from '../../../src/cli/verify/checks.ts';
import { createProbe, readSample } from '../../../src/cli/verify/probe.ts';
import type { VerifyReport } from '../../../src/cli/verify.ts';
import type { ResponseMode } from '../../../src/settings/settings.ts';
import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { Refusal } from '../../support/aws-origin/exchange.ts';
import { createObject, type StoredObject } from '../../support/aws-origin/s3-service.ts';
import { type ProxiedAnswer, type ProxyOptions, startProxy } from '../../support/changing-proxy.ts';
import { makeBytes } from '../../support/image-bytes.ts';
import { type Run, run } from '../../support/run-cli.ts';
import { API_KEY, createService, integrate, type ServiceOptions, startGateway } from '../../support/service.ts';

const image = (size: number, type = 'image/png'): StoredObject =>
  createObject(makeBytes(size), { 'Content-Type': type });

const IMAGES: readonly (readonly [key: string, object: StoredObject])[] = [
  ['p/a-empty.png', image(0)],
  ['p/b-7mb.png', image(7_000_000)],
  ['p/c.png', image(10_000)],
  ['p/d.png', image(20_000)],
  ['p/e.svg', image(30_000, 'image/svg+xml')],
];

const ALL_ON = { listing: 'on', signedLocations: 'on', redirectAbove: 15_000 } as const;
const SAMPLES = ['--sample', '/c.png', '--sample', '/d.png'];

describe('images-api verify', () => {
  let s3: AwsOrigin;
  const outputs: string[] = [];

  beforeAll(async () => {
    s3 = await startAwsOrigin();
  });

  beforeEach(() => {
    s3.buckets.set('images', { owner: '222222222222', objects: new Map(IMAGES) });
  });

  afterEach(() => {
    s3.intervene();
    for (const output of outputs.splice(0)) {
      expect(output).not.toContain(API_KEY);
      expect(output).not.toMatch(/X-Amz-|\/images\/p\//i);
    }
  });

  afterAll(() => s3.close());

  const startService = async (settings: Partial<ServiceOptions> = ALL_ON, mode: ResponseMode = 'stream') => {
    const bucket = { bucket: 'images', client: createS3Client(s3.client) };
    const service = createService({
      store: createS3ImageStore(bucket),
      index: createS3ImageIndex(bucket),
      locator: createS3ImageLocator(bucket),
      mapping: { prefix: 'p' },
      ...settings,
    });
    const gateway = await startGateway({
      integration: integrate(service, mode),
      acceptsBatches: settings.signedLocations === 'on',
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    return gateway.origin;
  };

  const runVerify = async (origin: string, ...args: readonly string[]): Promise<Run> => {
    const result = await run(['verify', '--url', `${origin}/dev`, '--timeout', '20', '--json', ...args], {
      IMAGES_API_KEY: API_KEY,
    });
    outputs.push(result.stdout + result.stderr);
    return result;
  };

  const findCheck = ({ stdout }: Run, name: string) =>
    (JSON.parse(stdout) as VerifyReport).checks.find(({ check }) => check === name);

  const differing = ({ stdout }: Run): readonly string[] =>
    (JSON.parse(stdout) as VerifyReport).checks.flatMap(({ check, status }) => (status === 'differs' ? check : []));

  it.each(['stream', 'buffered'] as const)(
    'passes the checks of a service with everything on in mode %s',
    async (mode) => {
      const result = await runVerify(await startService(ALL_ON, mode), ...SAMPLES, '--sample', '/a-empty.png');
      expect([differing(result), result.exitCode]).toEqual([[], 0]);
      expect(findCheck(result, 'listing')).toMatchObject({ status: 'ok', detail: 'a-empty.png, with a next page' });
      expect(findCheck(result, 'signed-locations')).toMatchObject({
        status: 'ok',
        detail: '10000 bytes, read from S3 without the key',
      });
      expect(findCheck(result, 'redirect')).toMatchObject({
        status: 'ok',
        detail: '20000 bytes, read from S3 without the key',
      });
    },
  );

  it('skips them if everything is off, with the reasons', async () => {
    const result = await runVerify(await startService({}), ...SAMPLES);
    expect(['listing', 'signed-locations', 'redirect'].map((name) => findCheck(result, name))).toEqual([
      { check: 'listing', status: 'skipped', detail: 'the listing is off: GET / returns 400 path-missing' },
      { check: 'signed-locations', status: 'skipped', detail: 'signed locations are off: POST / returns 405' },
      {
        check: 'redirect',
        status: 'skipped',
        detail: 'the service sends /d.png itself: redirectAbove is not set, or not below 20000 bytes',
      },
    ]);
  });

  it('passes all checks of a service that redirects every image', async () => {
    const result = await runVerify(await startService({ redirectAbove: 0 }), ...SAMPLES, '--sample', '/b-7mb.png');
    expect([differing(result), result.exitCode]).toEqual([[], 0]);
    expect(findCheck(result, 'redirect')).toMatchObject({ status: 'ok' });
  });

  it('does not expect a redirect of an SVG image', async () => {
    const origin = await startService();
    expect(findCheck(await runVerify(origin, '--sample', '/e.svg'), 'redirect')).toMatchObject({
      status: 'skipped',
      detail: 'SVG images are never redirected; add another one with --sample',
    });
    const result = await runVerify(origin, '--sample', '/e.svg', '--sample', '/d.png');
    expect(findCheck(result, 'redirect')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^20000 /) });
  });

  it('sends the key to the service only', async () => {
    await runVerify(await startService(), ...SAMPLES);
    const signed = s3.requests.filter(({ query }) => query.includes('X-Amz-Signature'));
    // The checks signed-locations and redirect read one byte, and try a wrong signature.
    expect(signed.slice(-4).map(({ headers }) => headers.range)).toEqual(Array(4).fill('bytes=0-0'));
    for (const { headers } of signed) expect(headers).not.toHaveProperty('x-api-key');
  });

  it('notes an empty listing', async () => {
    const mapping = { prefix: 'p', routes: [{ path: '{name}/{id}.png', key: '{id}.png', lossy: true }] };
    const result = await runVerify(await startService({ ...ALL_ON, mapping }), '--sample', '/any/c.png');
    expect(findCheck(result, 'listing')).toEqual({
      check: 'listing',
      status: 'note',
      detail: 'the listing is empty: no key has a path in the mapping',
    });
  });

  it('checks a listing of one page', async () => {
    s3.buckets.set('images', { owner: '222222222222', objects: new Map(IMAGES.slice(2, 3)) });
    const result = await runVerify(await startService(), '--sample', '/c.png');
    expect(findCheck(result, 'listing')).toMatchObject({ status: 'ok', detail: 'c.png, the only page' });
  });

  describe('without a sample', () => {
    it('takes the first listed image of ordinary size', async () => {
      const result = await runVerify(await startService());
      expect([findCheck(result, 'get'), result.exitCode]).toEqual([
        { check: 'get', status: 'ok', detail: 'image/png, 10000 bytes, twice' },
        0,
      ]);
    });

    it('reads further pages of the listing until it finds one', async () => {
      const others = Array.from({ length: 1_001 }, (_, index) => [`p/0-${index}.png`, image(0)] as const);
      s3.buckets.set('images', { owner: '222222222222', objects: new Map([...others, ...IMAGES]) });
      expect(findCheck(await runVerify(await startService()), 'get')).toMatchObject({ status: 'ok' });
    });

    it.each<[when: string, settings: Partial<ServiceOptions>, prepare: () => unknown, message: string]>([
      ['the listing is off', {}, () => {}, 'the service lists no images (listing is off)'],
      [
        'the listing has no ordinary image',
        ALL_ON,
        () => s3.buckets.set('images', { owner: '222222222222', objects: new Map(IMAGES.slice(0, 2)) }),
        'the listing of the service has no image of 1 byte to 4 MB',
      ],
      [
        'the listing is denied',
        ALL_ON,
        () => s3.buckets.set('images', { owner: '222222222222', objects: new Map(), unlisted: true }),
        'the listing of the service cannot be read (502 store-forbidden)',
      ],
    ])('exits with 2 if %s', async (_, settings, prepare, message) => {
      prepare();
      expect(await runVerify(await startService(settings))).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `The configuration cannot be used:\n- --sample: missing, and ${message}; give the path of an image that exists, as in a URL\n`,
      });
    });

    it('does not print the key that a server sends back', async () => {
      await using proxy = await startProxy(await startService(), {
        changeAnswer: (answer) => Object.assign(answer, { headers: { 'content-type': API_KEY }, bytes: Buffer.of() }),
      });
      expect((await runVerify(proxy.origin)).stderr).toContain('cannot be read (200, <API key>, 0 bytes)');
    });
  });

  const isRoot = (target: string) => target.split('?')[0] === '/dev/';
  const replaceText = (answer: ProxiedAnswer, text: string | RegExp, replacement: string) => {
    answer.bytes = Buffer.from(answer.bytes.toString().replace(text, replacement));
    delete answer.headers['content-length'];
  };
  /** Changes the responses of a listing with this status, in JSON or in lines. */
  const changeListing =
    (
      change: (answer: ProxiedAnswer) => unknown,
      { lines = false, status = 200 } = {},
    ): NonNullable<ProxyOptions['changeAnswer']> =>
    (answer, { method, target, headers }) => {
      const isLines = headers['accept'] === 'application/x-ndjson';
      if (isRoot(target) && method === 'GET' && isLines === lines && answer.status === status) change(answer);
    };
  const changeBatch =
    (change: (answer: ProxiedAnswer) => unknown): NonNullable<ProxyOptions['changeAnswer']> =>
    (answer, { method, target }) => {
      if (isRoot(target) && method === 'POST' && answer.status === 200) change(answer);
    };
  const changeRedirect =
    (change: (answer: ProxiedAnswer) => unknown): NonNullable<ProxyOptions['changeAnswer']> =>
    (answer) => {
      if (answer.status === 307) change(answer);
    };
  const addKey: NonNullable<ProxyOptions['changeRequest']> = ({ target, headers }) => {
    if (isRoot(target)) headers['x-api-key'] ??= API_KEY;
  };

  it.each<[broken: string, options: ProxyOptions, check: string, seen: RegExp]>([
    [
      'labels the listing as an image',
      { changeAnswer: changeListing(({ headers }) => Object.assign(headers, { 'content-type': 'image/png' })) },
      'listing',
      /^Content-Type is image\/png instead of application\/json$/,
    ],
    [
      'lets the listing be cached',
      { changeAnswer: changeListing(({ headers }) => Object.assign(headers, { 'cache-control': 'max-age=60' })) },
      'listing',
      /^Cache-Control is max-age=60 instead of no-store$/,
    ],
    [
      'drops Link',
      { changeAnswer: changeListing(({ headers }) => delete headers['link']) },
      'listing',
      /^Link is missing/,
    ],
    [
      'changes Link to a URL of another host',
      {
        changeAnswer: changeListing(({ headers }) =>
          Object.assign(headers, { link: '<https://a.example/?limit=1>; rel="next"' }),
        ),
      },
      'listing',
      /^Link is missing, or leads to another URL$/,
    ],
    [
      'drops the cursor of a query',
      {
        changeRequest: (request) => {
          request.target = request.target.replace(/(limit=1)&cursor=.*/, '$1');
        },
      },
      'listing',
      /^the next page repeats an image$/,
    ],
    [
      'drops the query',
      {
        changeRequest: (request) => {
          request.target = request.target.replace(/\?.*/, '');
        },
      },
      'listing',
      /^200, application\/json, \d+ bytes$/,
    ],
    [
      'drops Accept',
      { changeRequest: ({ headers }) => delete headers['accept'] },
      'listing',
      /^Content-Type is application\/json instead of application\/x-ndjson; /,
    ],
    [
      'ends the lines of a listing early',
      { changeAnswer: changeListing((answer) => replaceText(answer, /\{"next".*/s, ''), { lines: true }) },
      'listing',
      /^the last line of NDJSON has no next$/,
    ],
    [
      'lists other images in lines',
      { changeAnswer: changeListing((answer) => replaceText(answer, 'a-empty', 'other'), { lines: true }) },
      'listing',
      /^NDJSON has other images than JSON$/,
    ],
    [
      'ends the lines at another image',
      { changeAnswer: changeListing((answer) => replaceText(answer, /"next":".*"/, '"next":null'), { lines: true }) },
      'listing',
      /^NDJSON and JSON end at different images$/,
    ],
    [
      'ignores a cursor of another listing',
      {
        changeRequest: (request) => {
          request.target = request.target.replace(/prefix=verify&cursor=.*/, '');
        },
      },
      'listing',
      /^200, application\/json, \d+ bytes$/,
    ],
    [
      'changes the problem of a wrong cursor',
      {
        changeAnswer: changeListing((answer) => replaceText(answer, 'invalid-cursor', 'invalid-request'), {
          status: 400,
        }),
      },
      'listing',
      /^the member type is "urn:images-api:problem:invalid-request"$/,
    ],
    [
      'sends another document instead of a listing',
      { changeAnswer: changeListing((answer) => replaceText(answer, '"size"', '"bytes"')) },
      'listing',
      /^the body of GET \/ is not a page of a listing$/,
    ],
    [
      'lists two images instead of one',
      {
        changeRequest: (request) => {
          if (request.headers['accept'] === '*/*') request.target = request.target.replace('limit=1', 'limit=2');
        },
      },
      'listing',
      /^2 images instead of 1; /,
    ],
    [
      'sends another document instead of the next page',
      {
        changeAnswer: (answer, { target }) => {
          if (/limit=1&cursor/.test(target)) replaceText(answer, '"images"', '"files"');
        },
      },
      'listing',
      /^the body of the next page is not a page of a listing$/,
    ],
    [
      'lists images without the key',
      {
        changeRequest: (request) => {
          if (request.method === 'GET') addKey(request);
        },
      },
      'listing',
      /^200, application\/json, \d+ bytes$/,
    ],
    [
      'signs locations without the key',
      {
        changeRequest: (request) => {
          if (request.method === 'POST') addKey(request);
        },
      },
      'signed-locations',
      /^200, application\/x-ndjson, \d+ bytes$/,
    ],
    [
      'drops the last line of a batch',
      { changeAnswer: changeBatch((answer) => replaceText(answer, /\{"count".*/s, '')) },
      'signed-locations',
      /^the body is not one line for the sample and one with the count$/,
    ],
    [
      'lets a batch be cached',
      { changeAnswer: changeBatch(({ headers }) => delete headers['cache-control']) },
      'signed-locations',
      /^Cache-Control is missing instead of no-store$/,
    ],
    [
      'changes the size in a batch',
      { changeAnswer: changeBatch((answer) => replaceText(answer, '"size":10000', '"size":1')) },
      'signed-locations',
      /^size is 1 instead of 10000$/,
    ],
    [
      'changes the ETag in a batch',
      { changeAnswer: changeBatch((answer) => replaceText(answer, /"etag":"[^,]*"/, '"etag":"W/1"')) },
      'signed-locations',
      /^etag is "W\/1" instead of /,
    ],
    [
      'changes the type and the path in a batch',
      {
        changeAnswer: changeBatch((answer) => {
          replaceText(answer, '"contentType":"image/png"', '"contentType":"image/gif"');
          replaceText(answer, '"path":"c.png"', '"path":"d.png"');
        }),
      },
      'signed-locations',
      /^path is "d.png" instead of "c.png"; contentType is "image\/gif" instead of "image\/png"$/,
    ],
    [
      'changes the time in a batch',
      { changeAnswer: changeBatch((answer) => replaceText(answer, /"expires":"[^"]*"/, '"expires":300')) },
      'signed-locations',
      /^expires is not a time in UTC$/,
    ],
    [
      'sends a relative URL',
      { changeAnswer: changeBatch((answer) => replaceText(answer, /"url":"http:/, '"url":"')) },
      'signed-locations',
      /^the service sends no absolute URL$/,
    ],
    [
      'sends a URL of a remote host without TLS',
      {
        changeAnswer: changeBatch((answer) => replaceText(answer, /"url":"[^"?]*/, '"url":"http://a.example/')),
      },
      'signed-locations',
      /^the URL is not https$/,
    ],
    [
      'sends an unsigned URL',
      { changeAnswer: changeBatch((answer) => replaceText(answer, /X-Amz-Signature/, 'X-Amz-Else')) },
      'signed-locations',
      /^the URL has no signature$/,
    ],
    [
      'signs the URL of another image',
      {
        changeAnswer: changeBatch((answer) => replaceText(answer, '/p/c.png', '/p/d.png')),
      },
      'signed-locations',
      /^S3 answers the URL with 403 SignatureDoesNotMatch$/,
    ],
    [
      'fails to locate the sample',
      {
        changeAnswer: changeBatch((answer) =>
          replaceText(answer, /^\{.*\}$/m, '{"path":"c.png","problem":{"code":"store-throttled"}}'),
        ),
      },
      'signed-locations',
      /^the sample has the problem store-throttled$/,
    ],
    [
      'lets a redirect be cached, with other headers',
      {
        changeAnswer: changeRedirect(({ headers }) =>
          Object.assign(headers, { 'cache-control': 'max-age=60', etag: '"x"', 'x-image-size': '1' }),
        ),
      },
      'redirect',
      /^Cache-Control is max-age=60 instead of no-store; ETag is "x" instead of "\w+"; X-Image-Size is 1 instead of 20000$/,
    ],
    [
      'drops Location',
      { changeAnswer: changeRedirect(({ headers }) => delete headers['location']) },
      'redirect',
      /^the service sends no absolute URL$/,
    ],
    [
      'sends a body with a redirect',
      {
        changeAnswer: changeRedirect((answer) => {
          answer.bytes = Buffer.from('moved');
          delete answer.headers['content-length'];
        }),
      },
      'redirect',
      /^5 bytes follow the headers$/,
    ],
    [
      'drops Origin',
      { changeRequest: ({ headers }) => delete headers['origin'] },
      'redirect',
      /^a request with Origin gets 307/,
    ],
    [
      'redirects HEAD',
      {
        changeRequest: (request) => {
          if (request.method === 'HEAD' && request.headers['sec-fetch-site'] === undefined) request.method = 'GET';
        },
      },
      'redirect',
      /^HEAD gets 307/,
    ],
    [
      'redirects requests with Range only',
      {
        changeRequest: ({ method, target, headers }) => {
          if (method === 'GET' && target === '/dev/d.png' && headers['range'] === undefined) headers['origin'] = 'null';
        },
      },
      'redirect',
      /^200, image\/png, 20000 bytes$/,
    ],
    [
      'redirects with another status',
      { changeAnswer: changeRedirect((answer) => Object.assign(answer, { status: 302 })) },
      'redirect',
      /^302, /,
    ],
    [
      'redirects requests with Sec-Fetch-Site',
      { changeRequest: ({ headers }) => delete headers['sec-fetch-site'] },
      'redirect',
      /^a request with Sec-Fetch-Site gets 307/,
    ],
  ])('finds a service that %s', async (_, options, name, seen) => {
    const origin = await startService();
    await using proxy = await startProxy(origin, options);
    expect(await runCheck(proxy.origin, name, await readSubject(origin))).toMatchObject({
      status: 'differs',
      seen: expect.stringMatching(seen),
    });
  });

  const createProbeOf = (origin: string) =>
    createProbe({ url: new URL(`${origin}/dev`), apiKey: API_KEY }, AbortSignal.timeout(20_000), '/c.png');

  const readSubject = async (origin: string): Promise<Subject> => {
    const probe = createProbeOf(origin);
    return {
      samples: ['/c.png', '/d.png'],
      image: await probe.send(),
      others: [await readSample(probe, '/d.png')],
      origin: undefined,
      burst: undefined,
    };
  };

  /** Runs one check. Its result is not yet safe to print. */
  const runCheck = async (origin: string, name: string, subject: Subject) =>
    VERIFY_CHECKS.find((check) => check.name === name)?.run(createProbeOf(origin), subject);

  it('prints no URL, even if the service sends it in another place', async () => {
    await using proxy = await startProxy(await startService(), {
      changeAnswer: changeBatch((answer) => replaceText(answer, /"url":("[^"]*")(.*)"image.png"/, '"url":$1$2$1')),
    });
    const result = await runVerify(proxy.origin, ...SAMPLES);
    expect(findCheck(result, 'signed-locations')).toMatchObject({
      seen: 'contentType is "<URL>" instead of "image/png"',
    });
    expect([differing(result), result.exitCode]).toEqual([['signed-locations'], 1]);
  });

  it.each<[when: string, intervene: () => void, seen: RegExp, meaning: RegExp]>([
    [
      'the bucket policy refuses the client',
      () => refuseSigned(403, 'AccessDenied'),
      /^S3 answers the URL with 403 AccessDenied$/,
      /^S3 refuses a URL that the service has signed\.$/,
    ],
    [
      'S3 cannot be reached',
      () =>
        s3.intervene(({ query }, answer) =>
          query.includes('X-Amz-Signature') ? (response) => response.destroy() : answer,
        ),
      /^S3: the connection failed \(ECONNRESET\)$/,
      /^This machine cannot read images from S3/,
    ],
    [
      'S3 sends another image',
      () =>
        s3.intervene(({ query }, answer) =>
          query.includes('X-Amz-Signature')
            ? { ...answer, headers: { ...answer.headers, ETag: '"x"', 'Content-Range': 'bytes 0-0/5' } }
            : answer,
        ),
      /^Content-Range is bytes 0-0\/5 instead of bytes 0-0\/10000; ETag is "x" instead of "\w+"$/,
      /^Clients cannot read images directly from S3, or read other ones\.$/,
    ],
  ])('reports that %s', async (_, intervene, seen, meaning) => {
    intervene();
    const result = await runVerify(await startService({ signedLocations: 'on' }), '--sample', '/c.png');
    expect(findCheck(result, 'signed-locations')).toMatchObject({
      seen: expect.stringMatching(seen),
      meaning: expect.stringMatching(meaning),
    });
    expect(differing(result)).toEqual(['signed-locations']);
  });

  const refuseSigned = (status: number, code: string) =>
    s3.intervene(({ query }, answer) => {
      if (query.includes('X-Amz-Signature')) throw new Refusal(status, code);
      return answer;
    });

  it('reports a store that accepts a wrong signature, and URLs that are valid for too long', async () => {
    await using open = await startTrustingStore();
    await using proxy = await startProxy(await startService({ signedLocations: 'on' }), {
      changeAnswer: changeBatch((answer) => {
        replaceText(answer, s3.client.endpoint, open.origin);
        replaceText(answer, 'X-Amz-Expires=300', 'X-Amz-Expires=604800');
      }),
    });
    const result = await runVerify(proxy.origin, '--sample', '/c.png');
    expect(findCheck(result, 'signed-locations')).toMatchObject({
      seen: 'the URL is valid for 604800 s; S3 answers a wrong signature with 206, image/png, 1 bytes',
    });
  });

  /** An S3 that checks no signature. */
  const startTrustingStore = async () => {
    const trusting = await startAwsOrigin({ trusting: true });
    trusting.buckets.set('images', { owner: '222222222222', objects: new Map(IMAGES) });
    return { origin: trusting.client.endpoint, [Symbol.asyncDispose]: () => trusting.close() };
  };

  it('reports a listing that S3 denies, with the missing permission', async () => {
    s3.buckets.set('images', { owner: '222222222222', objects: new Map(IMAGES), unlisted: true });
    const result = await runVerify(await startService(), '--sample', '/c.png');
    expect(findCheck(result, 'listing')).toMatchObject({
      seen: '502 store-forbidden',
      fix: expect.stringContaining('s3:ListBucket'),
    });
  });
});
