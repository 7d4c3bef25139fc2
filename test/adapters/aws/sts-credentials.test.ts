import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { type AssumedRoleOptions, createAssumedRole } from '../../../src/adapters/aws/sts-credentials.ts';
import type { ImageErrorCode } from '../../../src/domain/errors.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { createIntervention, stallAfter } from '../../suites/faults/interventions.ts';
import { type AwsOrigin, type Reply, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { Refusal } from '../../support/aws-origin/exchange.ts';
import { createObject } from '../../support/aws-origin/s3-service.ts';
import { makeBytes, readBytes } from '../../support/image-bytes.ts';

const OWNER = '222222222222';
const ROLE = `arn:aws:iam::${OWNER}:role/hidden-reader`;
const KEY = 'image.jpeg';

describe('createAssumedRole', () => {
  let origin: AwsOrigin;
  beforeEach(async () => {
    origin = await startAwsOrigin();
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'e:x/t+1' });
    origin.buckets.set('images', {
      owner: OWNER,
      reader: ROLE,
      objects: new Map([[KEY, createObject(makeBytes(100))]]),
    });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await origin.close();
  });

  const assume = (options: Partial<AssumedRoleOptions> = {}) =>
    createAssumedRole({
      roleArn: ROLE,
      externalId: 'e:x/t+1',
      sessionName: 'images-api-test',
      client: origin.client,
      ...options,
    });
  const createStore = (credentials = assume()): ImageStore =>
    createS3ImageStore({ bucket: 'images', bucketOwner: OWNER, client: { ...origin.client, credentials } });
  const read = async (store: ImageStore) => readBytes((await store.open(KEY)).body);
  const stsRequests = () => origin.requests.filter(({ path }) => path === '/');

  it('lets the store read a bucket that only the role may read', async () => {
    const storeWithoutRole = createS3ImageStore({ bucket: 'images', client: origin.client });
    await expect(storeWithoutRole.open(KEY)).rejects.toMatchObject({ code: 'store-forbidden' });
    expect(await read(createStore())).toEqual(makeBytes(100));
  });

  it('gives up a response of STS that stalls after its headers, so that the next request succeeds', async () => {
    const store = createStore(assume({ timeouts: { connect: 50, firstByte: 50 } }));
    origin.intervene(createIntervention(stallAfter(20), { service: 'STS', times: 1 }));
    await expect(store.open(KEY)).rejects.toMatchObject({ code: 'store-timeout' });
    expect(await read(store)).toEqual(makeBytes(100));
    expect(stsRequests()).toHaveLength(2);
  });

  it('sends the ARN, the external ID and the session name to STS', async () => {
    await read(createStore());
    expect(Object.fromEntries(new URLSearchParams(stsRequests()[0]?.body))).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: ROLE,
      RoleSessionName: 'images-api-test',
      ExternalId: 'e:x/t+1',
    });
  });

  it('sends no external ID if none is configured', async () => {
    origin.roles.set(ROLE, { trusted: origin.caller });
    await read(createStore(assume({ externalId: undefined })));
    expect(stsRequests()[0]?.body).not.toContain('ExternalId');
  });

  it('calls STS once for 20 images that are opened at the same time, and not for later images', async () => {
    const store = createStore();
    const images = await Promise.all(Array.from({ length: 20 }, () => read(store)));
    expect(images.every((image) => image.equals(makeBytes(100)))).toBe(true);
    await read(store);
    await store.describe(KEY);
    expect(stsRequests()).toHaveLength(1);
    expect(origin.requests).toHaveLength(23);
  });

  it('calls STS again 5 minutes before the credentials expire, and after they have expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = createStore();
    const readAfter = async (minutes: number) => {
      vi.setSystemTime(Date.now() + minutes * 60_000);
      expect(await read(store)).toEqual(makeBytes(100));
      return stsRequests().length;
    };
    expect(await readAfter(0)).toBe(1);
    expect(await readAfter(54)).toBe(1);
    // The credentials last 60 minutes, so less than 5 minutes are left.
    expect(await readAfter(2)).toBe(2);
    expect(await readAfter(600)).toBe(3);
  });

  it('keeps the credentials until they expire during an outage of STS, and calls STS every 30 seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = createStore(assume({ client: { ...origin.client, maxAttempts: 1 } }));
    await read(store);
    origin.intervene(({ path }, answer) => {
      if (path === '/') throw new Refusal(500, 'InternalFailure');
      return answer;
    });
    const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
    pass(56 * 60);
    await Promise.all(Array.from({ length: 20 }, () => read(store)));
    expect(stsRequests()).toHaveLength(2);
    pass(29);
    await read(store);
    expect(stsRequests()).toHaveLength(2);
    pass(2);
    await read(store);
    expect(stsRequests()).toHaveLength(3);
    pass(4 * 60);
    await expect(read(store)).rejects.toMatchObject({ code: 'store-unavailable' });
    origin.intervene();
    expect(await read(store)).toEqual(makeBytes(100));
  });

  it('rejects with role-refused if STS denies the refresh, although the credentials have not expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = createStore();
    await read(store);
    origin.roles.clear();
    vi.setSystemTime(Date.now() + 56 * 60_000);
    await expect(read(store)).rejects.toMatchObject({ code: 'role-refused' });
  });

  it('refreshes the credentials under load without a failed request and with one STS call at a time', async () => {
    // The SDK refreshes credentials 5 minutes before they expire: here, 200 ms after they were issued.
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'e:x/t+1', lifetime: 300_200 });
    let concurrent = 0;
    let maxConcurrent = 0;
    origin.intervene(({ path }, answer) => {
      if (path !== '/') return answer;
      maxConcurrent = Math.max(maxConcurrent, ++concurrent);
      return (response) => {
        setTimeout(() => {
          concurrent--;
          response.writeHead(answer.status, answer.headers).end(answer.body);
        }, 20);
      };
    });
    const store = createStore();
    const end = performance.now() + 1_500;
    let images = 0;
    const reader = async () => {
      for (; performance.now() < end; images++) expect(await read(store)).toEqual(makeBytes(100));
    };
    await Promise.all(Array.from({ length: 30 }, reader));
    expect(images).toBeGreaterThan(30);
    expect(stsRequests().length).toBeGreaterThan(2);
    expect(maxConcurrent).toBe(1);
  });

  const REFUSALS: readonly [name: string, refuse: () => ReturnType<typeof assume>][] = [
    ['the role does not exist', () => assume({ roleArn: `${ROLE}s` })],
    ['the role requires another external ID', () => assume({ externalId: 'another' })],
    ['the role requires an external ID and none is sent', () => assume({ externalId: undefined })],
    [
      'the role trusts another user',
      () => {
        origin.roles.set(ROLE, { trusted: 'arn:aws:iam::111111111111:user/another', externalId: 'e:x/t+1' });
        return assume();
      },
    ],
    [
      'the secret access key is wrong',
      () => {
        const credentials = { ...origin.client.credentials, secretAccessKey: 'wrong' };
        return assume({ client: { ...origin.client, credentials } });
      },
    ],
    [
      'no credentials are found',
      () => {
        const credentials = async () => {
          throw Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
        };
        return assume({ client: { ...origin.client, credentials } });
      },
    ],
  ];
  it.each(REFUSALS)('rejects with role-refused when an image is opened and %s', async (_name, refuse) => {
    const store = createStore(refuse());
    const failure = await store.open(KEY).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ImageError', code: 'role-refused', cause: expect.any(Error) });
    expect(String(failure)).not.toMatch(/hidden|arn:|another|e:x/);
    await expect(store.describe(KEY)).rejects.toMatchObject({ code: 'role-refused' });
    expect(origin.requests.every(({ path }) => path === '/')).toBe(true);
  });

  const FAILURES: readonly [failure: string, reply: () => Reply, code: ImageErrorCode][] = [
    ['throttles', refuseWith(400, 'Throttling'), 'store-throttled'],
    ['is overloaded', refuseWith(503, 'ServiceUnavailable'), 'store-throttled'],
    ['fails', refuseWith(500, 'InternalFailure'), 'store-unavailable'],
    ['closes the connection', () => (response) => response.destroy(), 'store-unavailable'],
    ['never answers', () => () => undefined, 'store-timeout'],
    ['sends no credentials', () => ({ status: 200, headers: {}, body: '<AssumeRoleResponse/>' }), 'role-refused'],
    [
      'sends incomplete credentials',
      () => {
        const half = '<Credentials><AccessKeyId>ASIAHALF</AccessKeyId></Credentials>';
        const body = `<AssumeRoleResponse><AssumeRoleResult>${half}</AssumeRoleResult></AssumeRoleResponse>`;
        return { status: 200, headers: {}, body };
      },
      'role-refused',
    ],
  ];
  it.each(FAILURES)('rejects with the matching code if STS %s', async (_failure, reply, code) => {
    origin.intervene(({ path }, answer) => (path === '/' ? reply() : answer));
    const requestHandler = { requestTimeout: 100, throwOnRequestTimeout: true };
    const store = createStore(assume({ client: { ...origin.client, requestHandler, maxAttempts: 1 } }));
    await expect(store.open(KEY)).rejects.toMatchObject({ name: 'ImageError', code });
    await expect(store.describe(KEY)).rejects.toMatchObject({ name: 'ImageError', code });
  });

  it('rejects with store-unavailable if STS cannot be reached', async () => {
    const closed = await startAwsOrigin();
    await closed.close();
    await expect(createStore(assume({ client: closed.client })).open(KEY)).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('calls STS at most 3 times for one image', async () => {
    origin.intervene(refuseWith(500, 'InternalFailure'));
    await expect(createStore().open(KEY)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(origin.requests).toHaveLength(3);
  });

  it('calls STS once for concurrent images if it denies the role, and again for the next image', async () => {
    const store = createStore(assume({ externalId: 'another' }));
    await expect(Promise.all(Array.from({ length: 20 }, () => store.open(KEY)))).rejects.toMatchObject({
      code: 'role-refused',
    });
    expect(stsRequests()).toHaveLength(1);
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'another' });
    expect(await read(store)).toEqual(makeBytes(100));
  });

  it('lets the store reject with store-forbidden, not role-refused, if S3 rejects the credentials of the role', async () => {
    origin.intervene(({ path }, answer) => {
      if (path === '/') return answer;
      throw new Refusal(400, 'ExpiredToken');
    });
    await expect(createStore().open(KEY)).rejects.toMatchObject({ code: 'store-forbidden' });
  });
});

function refuseWith(status: number, code: string): () => never {
  return () => {
    throw new Refusal(status, code);
  };
}
