import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { type AssumedRoleOptions, createAssumedRole } from '../../../src/adapters/aws/sts-credentials.ts';
import type { ImageErrorCode } from '../../../src/domain/errors.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { type AwsOrigin, type Reply, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { Refusal } from '../../support/aws-origin/exchange.ts';
import { createObject } from '../../support/aws-origin/s3-service.ts';
import { makeBytes, readBytes } from '../../support/image-bytes.ts';

const OWNER = '222222222222';
const ROLE = `arn:aws:iam::${OWNER}:role/hidden-reader`;
const KEY = 'image.jpeg';

describe('an assumed role', () => {
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
  const assumptions = () => origin.requests.filter(({ path }) => path === '/');

  it('reads what only the role may read', async () => {
    const callers = createS3ImageStore({ bucket: 'images', client: origin.client });
    await expect(callers.open(KEY)).rejects.toMatchObject({ code: 'store-forbidden' });
    expect(await read(createStore())).toEqual(makeBytes(100));
  });

  it('is asked for by its ARN, with the external id and the name of the session', async () => {
    await read(createStore());
    expect(Object.fromEntries(new URLSearchParams(assumptions()[0]?.body))).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: ROLE,
      RoleSessionName: 'images-api-test',
      ExternalId: 'e:x/t+1',
    });
  });

  it('is asked for without an external id where none is configured', async () => {
    origin.roles.set(ROLE, { trusted: origin.caller });
    await read(createStore(assume({ externalId: undefined })));
    expect(assumptions()[0]?.body).not.toContain('ExternalId');
  });

  it('is taken once for 20 images that are opened at the same time, and for all that follow', async () => {
    const store = createStore();
    const images = await Promise.all(Array.from({ length: 20 }, () => read(store)));
    expect(images.every((image) => image.equals(makeBytes(100)))).toBe(true);
    await read(store);
    await store.describe(KEY);
    expect(assumptions()).toHaveLength(1);
    expect(origin.requests).toHaveLength(23);
  });

  it('is taken again before its credentials expire, and once they have', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = createStore();
    const readAfter = async (minutes: number) => {
      vi.setSystemTime(Date.now() + minutes * 60_000);
      expect(await read(store)).toEqual(makeBytes(100));
      return assumptions().length;
    };
    expect(await readAfter(0)).toBe(1);
    expect(await readAfter(54)).toBe(1);
    // Less than 5 of the 60 minutes are left.
    expect(await readAfter(2)).toBe(2);
    expect(await readAfter(600)).toBe(3);
  });

  it('outlives an outage of STS while its credentials last, and asks STS again every half minute', async () => {
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
    expect(assumptions()).toHaveLength(2);
    pass(29);
    await read(store);
    expect(assumptions()).toHaveLength(2);
    pass(2);
    await read(store);
    expect(assumptions()).toHaveLength(3);
    pass(4 * 60);
    await expect(read(store)).rejects.toMatchObject({ code: 'store-unavailable' });
    origin.intervene();
    expect(await read(store)).toEqual(makeBytes(100));
  });

  it('is refused when STS refuses it anew, though its credentials would last', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = createStore();
    await read(store);
    origin.roles.clear();
    vi.setSystemTime(Date.now() + 56 * 60_000);
    await expect(read(store)).rejects.toMatchObject({ code: 'role-refused' });
  });

  it('is taken anew under load without a failed request, one call at a time', async () => {
    // The SDK takes new ones 5 minutes before their end: here, a fifth of a second after they were issued.
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'e:x/t+1', lifetime: 300_200 });
    let calling = 0;
    let most = 0;
    origin.intervene(({ path }, answer) => {
      if (path !== '/') return answer;
      most = Math.max(most, ++calling);
      return (response) => {
        setTimeout(() => {
          calling--;
          response.writeHead(answer.status, answer.headers).end(answer.body);
        }, 20);
      };
    });
    const store = createStore();
    const ends = performance.now() + 1_500;
    let images = 0;
    const reader = async () => {
      for (; performance.now() < ends; images++) expect(await read(store)).toEqual(makeBytes(100));
    };
    await Promise.all(Array.from({ length: 30 }, reader));
    expect(images).toBeGreaterThan(30);
    expect(assumptions().length).toBeGreaterThan(2);
    expect(most).toBe(1);
  });

  const REFUSALS: readonly [name: string, refuse: () => ReturnType<typeof assume>][] = [
    ['does not exist', () => assume({ roleArn: `${ROLE}s` })],
    ['has another external id', () => assume({ externalId: 'another' })],
    ['wants an external id', () => assume({ externalId: undefined })],
    [
      'trusts somebody else',
      () => {
        origin.roles.set(ROLE, { trusted: 'arn:aws:iam::111111111111:user/another', externalId: 'e:x/t+1' });
        return assume();
      },
    ],
    [
      'is asked for with a wrong secret',
      () => {
        const credentials = { ...origin.client.credentials, secretAccessKey: 'wrong' };
        return assume({ client: { ...origin.client, credentials } });
      },
    ],
    [
      'is asked for without credentials',
      () => {
        const credentials = async () => {
          throw Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
        };
        return assume({ client: { ...origin.client, credentials } });
      },
    ],
  ];
  it.each(REFUSALS)('is role-refused, to whom opens an image, when it %s', async (_name, refuse) => {
    const store = createStore(refuse());
    const failure = await store.open(KEY).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ImageError', code: 'role-refused', cause: expect.any(Error) });
    expect(String(failure)).not.toMatch(/hidden|arn:|another|e:x/);
    await expect(store.describe(KEY)).rejects.toMatchObject({ code: 'role-refused' });
    expect(origin.requests.every(({ path }) => path === '/')).toBe(true);
  });

  const FAILURES: readonly [name: string, reply: () => Reply, code: ImageErrorCode][] = [
    ['asks to be asked less often', refuseWith(400, 'Throttling'), 'store-throttled'],
    ['is overloaded', refuseWith(503, 'ServiceUnavailable'), 'store-throttled'],
    ['fails', refuseWith(500, 'InternalFailure'), 'store-unavailable'],
    ['cuts the connection', () => (response) => response.destroy(), 'store-unavailable'],
    ['never answers', () => () => undefined, 'store-timeout'],
    [
      'answers with no credentials',
      () => ({ status: 200, headers: {}, body: '<AssumeRoleResponse/>' }),
      'role-refused',
    ],
    [
      'answers with half of the credentials',
      () => {
        const half = '<Credentials><AccessKeyId>ASIAHALF</AccessKeyId></Credentials>';
        const body = `<AssumeRoleResponse><AssumeRoleResult>${half}</AssumeRoleResult></AssumeRoleResponse>`;
        return { status: 200, headers: {}, body };
      },
      'role-refused',
    ],
  ];
  it.each(FAILURES)('fails with a code of its own when STS %s', async (_name, reply, code) => {
    origin.intervene(({ path }, answer) => (path === '/' ? reply() : answer));
    const requestHandler = { requestTimeout: 100, throwOnRequestTimeout: true };
    const store = createStore(assume({ client: { ...origin.client, requestHandler, maxAttempts: 1 } }));
    await expect(store.open(KEY)).rejects.toMatchObject({ name: 'ImageError', code });
    await expect(store.describe(KEY)).rejects.toMatchObject({ name: 'ImageError', code });
  });

  it('is store-unavailable when STS cannot be reached', async () => {
    const closed = await startAwsOrigin();
    await closed.close();
    await expect(createStore(assume({ client: closed.client })).open(KEY)).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('is asked for 3 times at most for one image, whatever STS answers', async () => {
    origin.intervene(refuseWith(500, 'InternalFailure'));
    await expect(createStore().open(KEY)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(origin.requests).toHaveLength(3);
  });

  it('is asked for once at a time when it is refused, and again by the next image', async () => {
    const store = createStore(assume({ externalId: 'another' }));
    await expect(Promise.all(Array.from({ length: 20 }, () => store.open(KEY)))).rejects.toMatchObject({
      code: 'role-refused',
    });
    expect(assumptions()).toHaveLength(1);
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'another' });
    expect(await read(store)).toEqual(makeBytes(100));
  });

  it('whose credentials S3 does not take is store-forbidden, and not role-refused', async () => {
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
