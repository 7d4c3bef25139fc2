import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { VERIFY_CHECKS } from '../../src/cli/verify/checks.ts';
import type { VerifyReport } from '../../src/cli/verify.ts';
import { createGatewayResponse } from '../../src/contract/gateway-response.ts';
import type { ResponseMode } from '../../src/settings/settings.ts';
import { type ProxyOptions, startProxy } from '../support/changing-proxy.ts';
import { makeBytes } from '../support/image-bytes.ts';
import { type Run, run } from '../support/run-cli.ts';
import { API_KEY, createService, integrate, startGateway } from '../support/service.ts';

const ORIGIN = 'https://app.example.com';
const MAPPING = {
  prefix: 'p',
  routes: [
    { path: 'images/{id[0:2]}/{id:digits}.{ext:image}', key: '{id}.{ext}' },
    { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
  ],
};
const image = (size: number) => ({
  bytes: makeBytes(size),
  etag: `"${size}"`,
  lastModified: 1_700_000_000_000,
  contentType: 'image/png',
});
const IMAGES = new Map([
  ['p/6728.png', image(10_000)],
  ['p/small.png', image(10)],
  ['p/empty.png', image(0)],
  ['p/7mb.png', image(7_000_000)],
  ['p/11mb.png', image(11_000_000)],
]);
const SAMPLE = ['--sample', '/images/67/6728.png'];
const ALL_SAMPLES = [...SAMPLE, ...['empty.png', '7mb.png', '11mb.png'].flatMap((path) => ['--sample', path])];

/** A gateway with the service in one of its response modes, as `npm start` connects them. */
const startService = async (mode: ResponseMode) => {
  const service = createService({ images: IMAGES, mapping: MAPPING, corsOrigins: [ORIGIN] });
  const gateway = await startGateway({
    integration: integrate(service, mode),
    corsOrigins: [ORIGIN],
    throttle: { rateLimit: 1, burstLimit: 150 },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway.origin;
};

const outputs: string[] = [];

const runVerify = async (origin: string, ...args: string[]): Promise<Run> => {
  const result = await run(['verify', '--url', `${origin}/dev/`, '--timeout', '20', ...args], {
    IMAGES_API_KEY: API_KEY,
  });
  outputs.push(result.stdout + result.stderr);
  return result;
};

const readReport = ({ stdout }: Run): VerifyReport => JSON.parse(stdout);

const statusesOf = (result: Run): Record<string, string> =>
  Object.fromEntries(readReport(result).checks.map(({ check, status }) => [check, status]));

const differing = (result: Run): readonly string[] =>
  readReport(result)
    .checks.filter(({ status }) => status === 'differs')
    .map(({ check }) => check);

const findCheck = (result: Run, name: string) => readReport(result).checks.find(({ check }) => check === name);

afterEach(() => {
  for (const output of outputs.splice(0)) {
    expect(output).not.toContain(API_KEY);
    expect(output.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
});

const OK = {
  get: 'ok',
  'key-required': 'ok',
  head: 'ok',
  'not-modified': 'ok',
  range: 'ok',
  'suffix-range': 'ok',
  'range-not-satisfiable': 'ok',
  'precondition-failed': 'ok',
  'missing-image': 'ok',
  'invalid-path': 'ok',
  'method-not-allowed': 'ok',
  options: 'ok',
  preflight: 'ok',
  cors: 'ok',
  framing: 'note',
  'content-length': 'note',
  vary: 'ok',
  samples: 'ok',
  'empty-image': 'ok',
  'large-image': 'ok',
  listing: 'skipped',
  'signed-locations': 'skipped',
  redirect: 'skipped',
  throttled: 'ok',
};

describe('images-api verify with npm start', () => {
  it('passes every check in streaming mode', async () => {
    const result = await runVerify(
      await startService('stream'),
      ...ALL_SAMPLES,
      ...['--origin', ORIGIN, '--burst', '150', '--json'],
    );
    expect([statusesOf(result), result.exitCode]).toEqual([OK, 0]);
    expect(findCheck(result, 'framing')).toMatchObject({ detail: 'chunked' });
    expect(findCheck(result, 'large-image')).toMatchObject({
      detail: '7000000 bytes, complete and in ranges; 11000000 bytes, complete and in ranges',
    });
  });

  it('passes every check in buffered mode, with a note that only the ranges of large images arrive', async () => {
    const result = await runVerify(
      await startService('buffered'),
      ...ALL_SAMPLES,
      ...['--origin', ORIGIN, '--burst', '150', '--json'],
    );
    expect([statusesOf(result), result.exitCode]).toEqual([{ ...OK, 'large-image': 'note' }, 0]);
    expect(findCheck(result, 'framing')).toMatchObject({ detail: 'Content-Length' });
    expect(findCheck(result, 'content-length')).toMatchObject({
      detail: expect.stringContaining('HEAD has content-length: 0, x-amzn-remapped-content-length: 10000'),
    });
    expect(findCheck(result, 'large-image')).toMatchObject({
      detail: '7000000 bytes: 413, and its ranges arrive; 11000000 bytes: 413, and its ranges arrive',
    });
  });

  it('skips what it has no sample, origin or burst for', async () => {
    const result = await runVerify(await startService('stream'), ...SAMPLE, '--json');
    expect([statusesOf(result), result.exitCode]).toEqual([
      {
        ...OK,
        preflight: 'skipped',
        cors: 'skipped',
        samples: 'skipped',
        'empty-image': 'skipped',
        'large-image': 'skipped',
        throttled: 'skipped',
      },
      0,
    ]);
  });

  it('prints one line per check and a summary', async () => {
    const { stdout, stderr } = await runVerify(await startService('stream'), ...SAMPLE);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('ok       get                    image/png, 10000 bytes, twice');
    expect(lines.slice(0, -1).map((line) => line.split(/ +/)[1])).toEqual(VERIFY_CHECKS.map(({ name }) => name));
    expect([lines.at(-1), stderr]).toEqual(['No check differs.', '']);
  });

  it('notes that nothing was throttled, and that no sample is above 10 MB', async () => {
    const args = [...SAMPLE, '--sample', '7mb.png', '--burst', '2', '--json'];
    const result = await runVerify(await startService('stream'), ...args);
    expect(findCheck(result, 'throttled')).toMatchObject({
      status: 'note',
      detail: expect.stringContaining('no request of 2'),
    });
    expect(findCheck(result, 'large-image')).toMatchObject({
      status: 'note',
      detail: expect.stringContaining('no sample above 10 MB was given'),
    });
  });

  it('reads the URL from its variable and the key from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'images-api-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'key');
    writeFileSync(file, `${API_KEY}\n`);
    const env = { IMAGES_API_URL: `${await startService('stream')}/dev` };
    expect(await run(['verify', ...SAMPLE, '--api-key-file', file], env)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('finds a path without an image if the digits of the sample occur only in its name', async () => {
    const result = await runVerify(await startService('stream'), '--sample', 'small.png', '--json');
    expect(findCheck(result, 'missing-image')).toMatchObject({ status: 'ok', detail: '404 for /small-missing.png' });
  });
});

/** Seconds. A check that waits for a response that never ends takes as long. */
const SHORT = '2';

describe('images-api verify', () => {
  it.each<[broken: string, options: ProxyOptions, checks: readonly string[], args?: readonly string[]]>([
    [
      'drops headers of HEAD',
      {
        changeAnswer: ({ headers }, { method }) => {
          if (method === 'HEAD') delete headers['etag'];
        },
      },
      ['head'],
    ],
    [
      'never ends a HEAD response',
      {
        changeAnswer: (answer, { method }) => {
          if (method === 'HEAD') answer.hang = 'after the headers';
        },
      },
      ['head', 'content-length'],
      ['--timeout', SHORT],
    ],
    [
      'never starts a HEAD response',
      {
        changeAnswer: (answer, { method }) => {
          if (method === 'HEAD') answer.hang = 'before the headers';
        },
      },
      ['head', 'content-length'],
      ['--timeout', SHORT],
    ],
    [
      'never ends a 304 response',
      {
        changeAnswer: (answer) => {
          if (answer.status === 304) answer.hang = 'after the headers';
        },
      },
      ['not-modified'],
      ['--timeout', SHORT],
    ],
    [
      'never ends a 204 response',
      {
        changeAnswer: (answer) => {
          if (answer.status === 204) answer.hang = 'after the headers';
        },
      },
      ['options', 'preflight'],
      ['--timeout', SHORT, '--origin', ORIGIN],
    ],
    [
      'never ends an empty image',
      {
        changeAnswer: (answer, { target }) => {
          if (target.endsWith('empty.png') && answer.status === 200) answer.hang = 'after the headers';
          if (answer.hang !== undefined) delete answer.headers['content-length'];
        },
      },
      ['empty-image'],
      ['--timeout', SHORT, '--sample', 'empty.png'],
    ],
    [
      'labels a 304 response as JSON',
      {
        changeAnswer: ({ status, headers }) => {
          if (status === 304) headers['content-type'] = 'application/json';
        },
      },
      ['not-modified'],
    ],
    [
      'drops If-None-Match',
      {
        changeRequest: ({ headers }) => {
          delete headers['if-none-match'];
        },
      },
      ['not-modified'],
    ],
    [
      'never ends a GET response',
      {
        changeAnswer: (answer, { headers }) => {
          if (headers['range'] === 'bytes=-100') answer.hang = 'after the headers';
        },
      },
      ['suffix-range'],
      ['--timeout', SHORT],
    ],
    [
      'breaks a 403 response',
      {
        changeAnswer: (answer) => {
          if (answer.status === 403) answer.isBroken = true;
          answer.bytes = answer.isBroken ? answer.bytes.subarray(1) : answer.bytes;
        },
      },
      ['key-required'],
    ],
    [
      'sends fewer bytes of a range',
      {
        changeAnswer: (answer) => {
          if (answer.status === 206) answer.bytes = answer.bytes.subarray(1);
          delete answer.headers['content-length'];
        },
      },
      ['range', 'suffix-range'],
    ],
    [
      'sends no ETag with GET',
      {
        changeAnswer: ({ headers }, { method }) => {
          if (method === 'GET') delete headers['etag'];
        },
      },
      ['not-modified'],
    ],
    [
      'changes a member of a problem document',
      {
        changeAnswer: (answer) => {
          if (answer.status !== 404) return;
          answer.bytes = Buffer.from(answer.bytes.toString().replace('"retryable":false', '"retryable":true'));
          delete answer.headers['content-length'];
        },
      },
      ['missing-image'],
    ],
    [
      'drops the media type of a problem document',
      {
        changeAnswer: ({ status, headers }) => {
          if (status === 404) delete headers['content-type'];
        },
      },
      ['missing-image'],
    ],
    [
      'answers OPTIONS without the methods',
      {
        changeAnswer: ({ headers }) => {
          delete headers['allow'];
          delete headers['access-control-allow-methods'];
        },
      },
      ['method-not-allowed', 'options'],
    ],
    [
      'names other headers in Vary',
      {
        changeAnswer: ({ headers }) => {
          if (headers['vary'] !== undefined) headers['vary'] = 'Accept';
        },
      },
      ['cors', 'vary'],
      ['--origin', ORIGIN],
    ],
    ['has no image at a further sample', {}, ['samples'], ['--sample', '/none.png']],
    [
      'sends bytes for an empty image',
      {
        changeAnswer: (answer, { target }) => {
          if (target.endsWith('empty.png') && answer.status === 200) answer.bytes = Buffer.from('x');
        },
      },
      ['empty-image'],
      ['--sample', 'empty.png'],
    ],
    [
      'sends other bytes in the ranges of a large image',
      {
        changeAnswer: (answer, { target }) => {
          if (target.endsWith('7mb.png') && answer.status === 206) answer.bytes.fill(0);
        },
      },
      ['large-image'],
      ['--sample', '7mb.png'],
    ],
    [
      'rejects the requests above a quota without Retry-After',
      {
        changeAnswer: (answer, { headers }) => {
          if (headers['range'] !== 'bytes=0-0') return;
          const problem = createGatewayResponse('quota-exceeded', 'r', false);
          const { 'Retry-After': _, ...others } = problem.headers;
          Object.assign(answer, { status: problem.status, headers: others, bytes: Buffer.from(problem.body) });
        },
      },
      ['redirect', 'throttled'],
      ['--burst', '3'],
    ],
    [
      'drops If-Match',
      {
        changeRequest: ({ headers }) => {
          delete headers['if-match'];
        },
      },
      ['precondition-failed'],
    ],
    [
      'strips Content-Range',
      {
        changeAnswer: ({ headers }) => {
          delete headers['content-range'];
        },
      },
      ['range', 'suffix-range', 'range-not-satisfiable'],
    ],
    [
      'drops Range',
      {
        changeRequest: ({ headers }) => {
          delete headers['range'];
        },
      },
      ['range', 'suffix-range', 'range-not-satisfiable'],
    ],
    [
      'sends other bytes of a range',
      {
        changeAnswer: (answer) => {
          if (answer.status === 206) answer.bytes = answer.bytes.fill(0);
        },
      },
      ['range', 'suffix-range'],
    ],
    [
      'answers 403 without a problem document',
      {
        changeAnswer: (answer) => {
          if (answer.status === 403) answer.bytes = Buffer.from('{"message":"Forbidden"}');
          if (answer.status === 403) delete answer.headers['content-length'];
        },
      },
      ['key-required'],
    ],
    [
      'requires no key',
      {
        changeRequest: ({ headers }) => {
          headers['x-api-key'] ??= API_KEY;
        },
      },
      ['key-required'],
    ],
    [
      'accepts every key',
      {
        changeRequest: ({ headers }) => {
          if (headers['x-api-key'] !== undefined) headers['x-api-key'] = API_KEY;
        },
      },
      ['key-required'],
    ],
    [
      'drops Vary',
      {
        changeAnswer: ({ headers }) => {
          delete headers['vary'];
        },
      },
      ['vary'],
    ],
    [
      'drops X-Image-Size of HEAD',
      {
        changeAnswer: ({ headers }, { method }) => {
          if (method === 'HEAD') delete headers['x-image-size'];
        },
      },
      ['head', 'content-length'],
    ],
    [
      'marks the end of an image by the end of the connection',
      {
        changeAnswer: (answer) => {
          if (answer.status === 200) answer.isUnframed = true;
          if (answer.status === 200) delete answer.headers['content-length'];
        },
      },
      ['framing'],
    ],
    [
      'decodes the path',
      {
        changeRequest: (request) => {
          request.target = decodeURIComponent(request.target);
        },
      },
      ['invalid-path'],
    ],
    [
      'accepts POST',
      {
        changeRequest: (request) => {
          if (request.method === 'POST') request.method = 'GET';
        },
      },
      ['method-not-allowed', 'signed-locations'],
    ],
    [
      'drops the CORS headers',
      {
        changeAnswer: ({ headers }) => {
          for (const name of Object.keys(headers)) if (name.startsWith('access-control-')) delete headers[name];
        },
      },
      ['preflight', 'cors'],
      ['--origin', ORIGIN],
    ],
    [
      'requires a key for preflights',
      {
        changeAnswer: (answer, { method, headers }) => {
          if (method === 'OPTIONS' && headers['x-api-key'] === undefined) answer.status = 403;
        },
      },
      ['preflight'],
      ['--origin', ORIGIN],
    ],
    [
      'truncates a large image',
      {
        changeAnswer: (answer) => {
          if (answer.status !== 200 || answer.bytes.length < 7_000_000) return;
          answer.bytes = answer.bytes.subarray(0, 6_000_000);
          answer.isBroken = true;
        },
      },
      ['large-image'],
      ['--sample', '7mb.png'],
    ],
    [
      'ends a large image early, without breaking the transfer',
      {
        changeAnswer: (answer) => {
          if (answer.status !== 200 || answer.bytes.length < 7_000_000) return;
          answer.bytes = answer.bytes.subarray(0, 6_000_000);
          delete answer.headers['content-length'];
        },
      },
      ['large-image'],
      ['--sample', '7mb.png'],
    ],
    [
      'fails under load',
      {
        changeAnswer: (answer, { headers }) => {
          if (headers['range'] === 'bytes=0-0') answer.status = 503;
        },
      },
      ['redirect', 'throttled'],
      ['--burst', '3'],
    ],
    [
      'throttles without a problem document',
      {
        changeAnswer: (answer, { headers }) => {
          if (headers['range'] === 'bytes=0-0') answer.status = 429;
        },
      },
      ['redirect', 'throttled'],
      ['--burst', '3'],
    ],
  ])('finds a service that %s', async (_, options, checks, args = []) => {
    await using proxy = await startProxy(await startService('stream'), options);
    const result = await runVerify(proxy.origin, ...SAMPLE, ...args, '--json');
    expect([differing(result), result.exitCode]).toEqual([checks, 1]);
  });

  it.each<[broken: string, change: ProxyOptions['changeAnswer'], seen: string]>([
    [
      'a truncated body',
      (answer) => Object.assign(answer, { bytes: answer.bytes.subarray(0, 99), isBroken: true }),
      '99 bytes, then the transfer broke',
    ],
    ['different bytes each time', ({ bytes }) => void bytes.fill(count++), 'the two responses have different bytes'],
    ['no X-Image-Size', ({ headers }) => void delete headers['x-image-size'], 'X-Image-Size is missing'],
    [
      'another media type',
      ({ headers }) => Object.assign(headers, { 'content-type': 'text/html' }),
      'Content-Type is text/html',
    ],
    ['403 of another stage', (answer) => Object.assign(answer, { status: 403 }), '403, image/png'],
    ['no media type', ({ headers }) => void delete headers['content-type'], 'Content-Type is missing'],
    ['502', (answer) => Object.assign(answer, { status: 502 }), '502, image/png, 10000 bytes'],
  ])('reports the GET with %s, and skips the checks that need the image', async (__, change, seen) => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer, request) => request.method === 'GET' && answer.status === 200 && change?.(answer, request),
    });
    const result = await runVerify(proxy.origin, ...SAMPLE, '--json');
    expect(findCheck(result, 'get')).toMatchObject({ status: 'differs', seen: expect.stringContaining(seen) });
    expect(statusesOf(result)).toMatchObject({ head: 'skipped', range: 'skipped', 'key-required': 'ok' });
  });
  let count = 0;

  it('reports an empty image as the first sample', async () => {
    const result = await runVerify(await startService('stream'), '--sample', 'empty.png', '--json');
    expect(findCheck(result, 'get')).toMatchObject({ status: 'differs', seen: 'the image is empty' });
  });

  it('reports a service that never answers, and skips all other checks', async () => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer) => Object.assign(answer, { hang: 'before the headers' }),
    });
    const result = await runVerify(proxy.origin, ...ALL_SAMPLES, '--timeout', SHORT, '--json');
    expect(findCheck(result, 'get')).toMatchObject({ seen: expect.stringMatching(/^no response within 2\.\d s$/) });
    expect(Object.values(statusesOf(result)).slice(1)).not.toContain('differs');
  });

  it('accepts CORS for every origin', async () => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: ({ headers }) => {
        if (headers['access-control-allow-origin'] === undefined) return;
        Object.assign(headers, { 'access-control-allow-origin': '*', vary: 'x-api-key' });
      },
    });
    const result = await runVerify(proxy.origin, ...SAMPLE, '--origin', ORIGIN, '--json');
    expect(findCheck(result, 'cors')).toMatchObject({ status: 'ok', detail: 'Access-Control-Allow-Origin: *' });
  });

  it('accepts a quota that is used up', async () => {
    const gateway = await startGateway({
      integration: integrate(createService({ images: IMAGES, mapping: MAPPING }), 'stream'),
      quota: 30,
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const result = await runVerify(gateway.origin, ...SAMPLE, '--burst', '30', '--json');
    expect(findCheck(result, 'throttled')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/ got 429$/) });
  });

  it('notes that it found no path without an image if every path has one', async () => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer) => {
        if (answer.status === 404) answer.status = 200;
      },
    });
    const result = await runVerify(proxy.origin, ...SAMPLE, '--json');
    expect(findCheck(result, 'missing-image')).toMatchObject({ status: 'note' });
  });

  it('says that s3:ListBucket is missing if a missing image gets store-forbidden', async () => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer) => {
        if (answer.status !== 404) return;
        answer.status = 502;
        answer.bytes = Buffer.from(JSON.stringify({ code: 'store-forbidden' }));
        delete answer.headers['content-length'];
      },
    });
    const result = await runVerify(proxy.origin, ...SAMPLE, '--json');
    expect(findCheck(result, 'missing-image')).toEqual({
      check: 'missing-image',
      status: 'differs',
      expected: 'A path without an image returns 404 and the problem document image-not-found.',
      seen: '502 store-forbidden',
      meaning: expect.stringContaining('S3 denies access to the object.'),
      fix: expect.stringContaining('Allow s3:GetObject and s3:ListBucket'),
    });
  });

  it('prints what it expected, what it saw, what it means and how to avoid it', async () => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer) => {
        if (answer.status === 304) answer.hang = 'after the headers';
      },
    });
    const { stdout, exitCode } = await runVerify(proxy.origin, ...SAMPLE, '--timeout', SHORT);
    expect(stdout).toMatch(
      new RegExp(
        [
          '^differs  not-modified',
          ' {9}expected {15}If-None-Match with the ETag of the image returns 304 without a body, and the response ends\\.',
          ' {9}seen {19}304, then 0 bytes, and no end of the response within 2\\.\\d s',
          ' {9}meaning {16}A response without a body does not end\\. .+',
          ' {9}fix {20}Set responseMode to buffered and deploy the API stack\\. .+',
          'ok {7}range',
        ].join('\n'),
        'm',
      ),
    );
    expect([stdout.trimEnd().split('\n').at(-1), exitCode]).toEqual(['Differs: not-modified. (exit code 1)', 1]);
  });

  it('reports a host that cannot be reached, and skips all other checks', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const result = await runVerify(`http://127.0.0.1:${port}`, ...ALL_SAMPLES, '--json');
    expect(findCheck(result, 'get')).toMatchObject({ seen: 'the connection failed (ECONNREFUSED)' });
    expect([differing(result), new Set(Object.values(statusesOf(result)).slice(1))]).toEqual([
      ['get'],
      new Set(['skipped']),
    ]);
  });

  it('follows no redirect, so the key reaches no other host', async () => {
    await using other = await startProxy(await startService('stream'), {});
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer, { target }) =>
        Object.assign(answer, { status: 302, headers: { location: `${other.origin}${target}` } }),
    });
    const result = await runVerify(proxy.origin, ...SAMPLE, '--json');
    expect(findCheck(result, 'get')).toMatchObject({
      seen: expect.stringContaining('302'),
      meaning: expect.stringContaining('The command follows no redirect'),
    });
    expect(other.requests).toEqual([]);
  });

  it('prints neither the key nor control characters, even if the server sends them', async () => {
    await using proxy = await startProxy(await startService('stream'), {
      changeAnswer: (answer) => {
        answer.bytes = Buffer.from(`{"message":"${'x'.repeat(60)}${API_KEY}\u001b[2J"}`);
        answer.headers = { 'content-type': `image/${API_KEY}`, etag: `"${API_KEY}"`, 'x-request-id': API_KEY };
      },
    });
    for (const format of [[], ['--json']]) {
      const { stdout } = await runVerify(proxy.origin, ...ALL_SAMPLES, '--origin', ORIGIN, ...format);
      expect(stdout).toContain('<API key>');
    }
  });

  it('does not print a key with quotes and backslashes that a member of a problem document contains', async () => {
    const key = 'a"key\\of-thirty-characters-00';
    const gateway = await startGateway({
      apiKey: key,
      integration: integrate(createService({ images: IMAGES, mapping: MAPPING }), 'stream'),
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    await using proxy = await startProxy(gateway.origin, {
      changeAnswer: (answer) => {
        if (answer.status !== 404) return;
        answer.bytes = Buffer.from(JSON.stringify({ code: 'image-not-found', title: key }));
        delete answer.headers['content-length'];
      },
    });
    const { stdout } = await run(['verify', '--url', `${proxy.origin}/dev`, ...SAMPLE], { IMAGES_API_KEY: key });
    expect(stdout).toContain('the member title is "<API key>"');
    expect(stdout).not.toContain('of-thirty');
  });

  it('sends a key that is not the key of the user to the check of wrong keys', async () => {
    await using proxy = await startProxy(await startService('stream'), {});
    await runVerify(proxy.origin, ...SAMPLE);
    const keys = new Set(proxy.requests.map(({ headers }) => headers['x-api-key']));
    expect(keys).toEqual(new Set([API_KEY, undefined, 'this-is-not-the-api-key']));
  });

  it.each<[usage: string, args: readonly string[], env: Readonly<Record<string, string>>, message: string]>([
    ['no URL', SAMPLE, { IMAGES_API_KEY: API_KEY }, '--url: missing'],
    ['no key', ['--url', 'https://a.example/dev', ...SAMPLE], {}, 'IMAGES_API_KEY: missing'],
    ['a malformed URL', ['--url', 'a.example/dev', ...SAMPLE], { IMAGES_API_KEY: API_KEY }, '--url: expected a URL'],
    ['another scheme', ['--url', 'ftp://a.example/', ...SAMPLE], { IMAGES_API_KEY: API_KEY }, '--url: expected a URL'],
    [
      'a URL with a password',
      ['--url', 'https://u:p@a.example/', ...SAMPLE],
      { IMAGES_API_KEY: API_KEY },
      'without user',
    ],
    [
      'http for another host',
      ['--url', 'http://a.example/', ...SAMPLE],
      { IMAGES_API_KEY: API_KEY },
      'http would send the API key unencrypted',
    ],
    [
      'a short key',
      ['--url', 'https://a.example/dev', ...SAMPLE],
      { IMAGES_API_KEY: 'secret' },
      'IMAGES_API_KEY: expected an API key',
    ],
    [
      'a key with a line break',
      ['--url', 'https://a.example/dev', ...SAMPLE],
      { IMAGES_API_KEY: `${API_KEY}\r\nx: y` },
      'IMAGES_API_KEY: expected an API key',
    ],
    [
      'a missing key file',
      ['--url', 'https://a.example/dev', ...SAMPLE, '--api-key-file', '/none'],
      {},
      'cannot read the file /none (ENOENT)',
    ],
    [
      'an empty key file',
      ['--url', 'https://a.example/dev', ...SAMPLE, '--api-key-file', '/dev/null'],
      {},
      '--api-key-file: expected an API key',
    ],
    [
      'a sample with a query',
      ['--url', 'https://a.example/dev', '--sample', '/a.jpg?x'],
      { IMAGES_API_KEY: API_KEY },
      'is not a path',
    ],
    [
      'an origin with a path',
      ['--url', 'https://a.example/dev', ...SAMPLE, '--origin', `${ORIGIN}/`],
      { IMAGES_API_KEY: API_KEY },
      '--origin: expected',
    ],
    [
      'a burst of 1',
      ['--url', 'https://a.example/dev', ...SAMPLE, '--burst', '1'],
      { IMAGES_API_KEY: API_KEY },
      '--burst: expected a whole number from 2 to 5000',
    ],
    [
      'a burst of 2.5',
      ['--url', 'https://a.example/dev', ...SAMPLE, '--burst', '2.5'],
      { IMAGES_API_KEY: API_KEY },
      '--burst: expected a whole number from 2 to 5000',
    ],
    [
      'a timeout of 0',
      ['--url', 'https://a.example/dev', ...SAMPLE, '--timeout', '0'],
      { IMAGES_API_KEY: API_KEY },
      '--timeout: expected a number from 0.1 to 60',
    ],
    ['an unknown option', ['--key', 'x'], {}, "unknown option '--key'"],
  ])('exits with 2 for %s', async (_, args, env, message) => {
    const { exitCode, stdout, stderr } = await run(['verify', ...args], env);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(API_KEY);
    expect(stderr).not.toContain('secret');
  });

  it('names all usage errors in one message', async () => {
    const { stderr } = await run(['verify', '--sample', '?', '--burst', 'many']);
    expect(stderr.match(/^- \S+/gm)).toEqual(['- --url:', '- IMAGES_API_KEY:', '- --sample:', '- --burst:']);
  });

  it('lists its checks in the help', async () => {
    const { stdout, exitCode } = await run(['verify', '--help']);
    expect(exitCode).toBe(0);
    for (const { name, expected } of VERIFY_CHECKS)
      expect(stdout).toContain(`${name.padEnd(22)} ${expected.replaceAll('`', '')}`);
  });
});
