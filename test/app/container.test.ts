import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryImageStore } from '../../src/adapters/memory-image-store.ts';
import type { RequestRecord } from '../../src/adapters/request-log.ts';
import { createHandlers } from '../../src/app/container.ts';
import type { FunctionSettings } from '../../src/settings/settings.ts';
import { readLocalSettings, readSettings } from '../../src/settings/variables.ts';
import { CONTEXT } from '../support/answers.ts';
import { type AwsOrigin, startAwsOrigin } from '../support/aws-origin/aws-origin.ts';
import { createObject } from '../support/aws-origin/s3-service.ts';
import { type EventChanges, proxyEvent } from '../support/events.ts';
import { makeBytes } from '../support/image-bytes.ts';

const SAMPLES = resolve(import.meta.dirname, '../../samples');
const ACCOUNT = '222222222222';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/reader`;

const get = (settings: FunctionSettings, path: string) => createHandlers(settings).buffered(proxyEvent(path), CONTEXT);

test('rejects settings without a bucket if nothing replaces the store', () => {
  expect(() => createHandlers(readLocalSettings({}, SAMPLES))).toThrow('IMAGES_BUCKET: missing; set it to a bucket');
});

test('uses the store, the log and the clock of the overrides', async () => {
  const records: RequestRecord[] = [];
  const { statusCode } = await createHandlers(readLocalSettings({}, SAMPLES), {
    store: createMemoryImageStore(new Map([['a.jpg', { bytes: makeBytes(10), etag: '"v1"', lastModified: 0 }]])),
    log: { record: (record) => records.push(record) },
    clock: () => 7,
  }).buffered(proxyEvent('a.jpg'), CONTEXT);
  expect(statusCode).toBe(200);
  expect(records).toMatchObject([{ bytes: 10, phases: { map: 0, store: 0, send: 0 } }]);
});

describe('with a bucket', () => {
  let origin: AwsOrigin;

  beforeEach(async () => {
    origin = await startAwsOrigin();
    vi.stubEnv('AWS_ENDPOINT_URL', origin.client.endpoint);
    vi.stubEnv('AWS_REGION', origin.client.region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', origin.client.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', origin.client.credentials.secretAccessKey);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await origin.close();
  });

  const configure = (env: Record<string, string> = {}) =>
    readSettings({ ENVIRONMENT: 'dev', LOG_LEVEL: 'silent', IMAGES_BUCKET: 'images', IMAGES_PREFIX: 'p', ...env });
  const fill = (reader: string) =>
    origin.buckets.set('images', {
      owner: ACCOUNT,
      reader,
      objects: new Map([['p/a.jpg', createObject(makeBytes(10))]]),
    });

  test('reads it with the credentials of the environment', async () => {
    fill(origin.caller);
    const { statusCode, body } = await get(configure({ IMAGES_BUCKET_OWNER: ACCOUNT }), 'a.jpg');
    expect([statusCode, Buffer.from(body, 'base64')]).toEqual([200, makeBytes(10)]);
    expect(origin.requests[0]?.headers['x-amz-expected-bucket-owner']).toBe(ACCOUNT);
  });

  test('assumes the configured role in a session named after the environment', async () => {
    fill(ROLE);
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'external' });
    const settings = configure({ IMAGES_ROLE_ARN: ROLE, IMAGES_ROLE_EXTERNAL_ID: 'external' });
    expect((await get(settings, 'a.jpg')).statusCode).toBe(200);
    expect(origin.requests[0]?.body).toContain('RoleSessionName=images-api-dev');
  });

  test('signs for the region of the bucket, and requests to STS for its own region', async () => {
    const objects = new Map([['p/a.jpg', createObject(makeBytes(10))]]);
    origin.buckets.set('images', { owner: ACCOUNT, region: 'us-east-2', reader: ROLE, objects });
    origin.roles.set(ROLE, { trusted: origin.caller });
    const settings = configure({ IMAGES_BUCKET_REGION: 'us-east-2', IMAGES_ROLE_ARN: ROLE });
    expect((await get(settings, 'a.jpg')).statusCode).toBe(200);
    const scopes = origin.requests.map(
      ({ headers }) => /\/([a-z0-9-]+\/(?:s3|sts))\//.exec(`${headers.authorization}`)?.[1],
    );
    expect(scopes).toEqual(['eu-central-1/sts', 'us-east-2/s3']);
  });

  test('offers to pay for requests if requesterPays is set', async () => {
    const objects = new Map([['p/a.jpg', createObject(makeBytes(10))]]);
    origin.buckets.set('images', { owner: ACCOUNT, requesterPays: true, objects });
    expect((await get(configure(), 'a.jpg')).statusCode).toBe(502);
    expect((await get(configure({ IMAGES_REQUESTER_PAYS: 'true' }), 'a.jpg')).statusCode).toBe(200);
  });

  test('lists, signs and redirects with one session of the role, if the settings are on', async () => {
    fill(ROLE);
    origin.roles.set(ROLE, { trusted: origin.caller });
    const features = { LISTING: 'on', SIGNED_LOCATIONS: 'on', REDIRECT_ABOVE: '9' };
    const handlers = createHandlers(configure({ IMAGES_ROLE_ARN: ROLE, ...features }));
    const send = async (path: string, changes: EventChanges = {}) => {
      const { body, ...head } = await handlers.buffered(proxyEvent(path, changes), CONTEXT);
      return { ...head, text: Buffer.from(body, 'base64').toString() };
    };

    const { text: page } = await send('');
    expect(JSON.parse(page)).toMatchObject({ images: [{ path: 'a.jpg', size: 10 }], next: null });
    const { text: lines } = await send('', { method: 'POST', body: '{"paths":["a.jpg"]}' });
    const [line = ''] = lines.split('\n');
    const { headers, statusCode } = await send('a.jpg');
    expect(statusCode).toBe(307);
    for (const url of [JSON.parse(line).url, headers['Location']]) {
      expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(makeBytes(10));
    }
    expect(origin.requests.filter(({ body }) => body.includes('AssumeRole'))).toHaveLength(1);
  });

  test('lists, signs and redirects nothing by default', async () => {
    fill(origin.caller);
    const handlers = createHandlers(configure());
    const statuses = [];
    for (const event of [
      proxyEvent(''),
      proxyEvent('', { method: 'POST', body: '{"paths":["a.jpg"]}' }),
      proxyEvent('a.jpg'),
    ]) {
      statuses.push((await handlers.buffered(event, CONTEXT)).statusCode);
    }
    expect(statuses).toEqual([400, 405, 200]);
    expect(origin.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /images/p/a.jpg']);
  });
});
