import { describe, expect, it } from 'vitest';
import type { VerifyCheckReport } from '../../../src/cli/verify.ts';
import { startProxy } from '../../support/changing-proxy.ts';
import { run } from '../../support/run-cli.ts';
import {
  createBucket,
  deleteRetained,
  deleteStack,
  exportsOf,
  keyValue,
  listStacks,
  logGroups,
  outputOf,
  physicalIds,
  putImage,
  resourcesOf,
  secretValue,
  turnOffTerminationProtection,
  usagePlansOf,
} from './account.ts';
import { cdk, deployAll, GLOBAL, type Options } from './cdk.ts';
import { ACCOUNT, endpoint, fetchImage, REGION } from './emulator.ts';

const APIS = ['images-api-dev', 'images-api-dev-alice', 'images-api-dev-bob'];
const BUCKET = 'partner-images';
const IMAGE = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256);

/** The emulator supports neither the streaming integration nor saved queries. */
const OPTIONS: Options = {
  environment: 'dev',
  owner: 'alice,bob',
  'dev.bucket': BUCKET,
  'dev.responseMode': 'buffered',
  'dev.operations': 'false',
};

const rotate = (live: string, retiring = '[]'): Promise<void> =>
  deployAll({ ...OPTIONS, 'dev.keyGenerations': live, 'dev.retiringKeyGenerations': retiring });

const exportOf = (name: string): Promise<string> => outputOf(GLOBAL, name);

/** The status of each API's response to a request with a key. */
const statusesWith = (key: string | undefined, apis = APIS): Promise<number[]> =>
  Promise.all(apis.map(async (api) => (await fetchImage(await outputOf(api, 'Endpoint'), 'a/image.png', key)).status));

describe('cdk', () => {
  it('bootstraps the account', async () => {
    await cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`]);
    expect((await listStacks()).map(({ StackName }) => StackName)).toEqual(['CDKToolkit']);
  });

  it('deploys the global stack, the stack of the environment, and those of two engineers', async () => {
    await deployAll(OPTIONS);
    const names = (await listStacks()).map(({ StackName }) => StackName).sort();
    expect(names).toEqual(['CDKToolkit', ...APIS, GLOBAL].sort());
    expect(await exportsOf(GLOBAL)).toEqual([
      'global--api-role--dev',
      'global--api-key--dev',
      'global--api-key-id--dev',
    ]);
  });

  it('deploys APIs that serve an image byte for byte', async () => {
    await createBucket(BUCKET);
    await putImage(BUCKET, 'a/image.png', IMAGE);
    const key = await keyValue(await exportOf('global--api-key-id--dev'));
    for (const api of APIS) {
      const { status, headers, body } = await fetchImage(await outputOf(api, 'Endpoint'), 'a/image.png', key);
      expect([status, headers['content-type']]).toEqual([200, 'image/png']);
      expect(body.equals(IMAGE)).toBe(true);
    }
  });

  it('deploys APIs that answer a request without a key with a 403 problem', async () => {
    const { status, headers, body } = await fetchImage(await outputOf('images-api-dev', 'Endpoint'), 'a/image.png');
    expect([status, headers['content-type']]).toEqual([403, 'application/problem+json']);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'forbidden', requestId: headers['x-request-id'] });
  });

  it('deploys an API that images-api verify accepts, except where the emulator differs from AWS', async () => {
    await putImage(BUCKET, 'verify/empty.png', new Uint8Array());
    await putImage(BUCKET, 'verify/7mb.png', new Uint8Array(7_000_000).fill(7));
    const key = await keyValue(await exportOf('global--api-key-id--dev'));
    const { hostname, pathname } = new URL(await outputOf('images-api-dev', 'Endpoint'));
    // The emulator selects an API by the host name, which does not resolve on every machine.
    await using proxy = await startProxy(endpoint, {
      changeRequest: ({ headers }) => {
        headers['host'] = `${hostname.split('.')[0]}.execute-api.localhost:${new URL(endpoint).port}`;
      },
    });
    const samples = ['a/image.png', 'verify/empty.png', 'verify/7mb.png'].flatMap((path) => ['--sample', path]);
    const args = ['verify', '--url', `${proxy.origin}${pathname}`, ...samples, '--timeout', '30', '--json'];
    const { stdout } = await run(args, { IMAGES_API_KEY: key });
    expect(stdout).not.toContain(key);
    const checks: readonly VerifyCheckReport[] = JSON.parse(stdout).checks;
    const others = checks.filter(({ status }) => status !== 'ok').map(({ check, status }) => [check, status]);
    expect(Object.fromEntries(others)).toEqual({
      // The emulator decodes the path before the function reads it. API Gateway does not.
      'invalid-path': 'differs',
      // Properties of the buffered mode. A sample above 10 MB would show nothing more in it.
      framing: 'note',
      'content-length': 'note',
      'large-image': 'note',
      // The stack has none of these on, and no origins, and the emulator does not throttle.
      listing: 'skipped',
      'signed-locations': 'skipped',
      redirect: 'skipped',
      preflight: 'skipped',
      cors: 'skipped',
      throttled: 'skipped',
    });
  });

  it('adds one key, with the value of the secret, to three usage plans', async () => {
    const id = await exportOf('global--api-key-id--dev');
    expect(await usagePlansOf(id)).toEqual(APIS.map((api) => `${api}-usage-plan`).sort());
    expect(await secretValue(await exportOf('global--api-key--dev'))).toEqual({ api_key: await keyValue(id) });
    const [, secret = ''] = /--secret-id (\S+)/.exec(await outputOf('images-api-dev-bob', 'FetchKey')) ?? [];
    expect(await secretValue(secret)).toEqual({ api_key: await keyValue(id) });
  });

  it('deploys the stack of one engineer with only an owner and does not change other stacks', async () => {
    const before = await Promise.all([GLOBAL, ...APIS].map(resourcesOf));
    const { owner: _, environment: __, ...options } = OPTIONS;
    await cdk(['deploy', 'images-api-dev-carol', '--require-approval', 'never'], { ...options, owner: 'carol' });
    expect(
      await statusesWith(await keyValue(await exportOf('global--api-key-id--dev')), ['images-api-dev-carol']),
    ).toEqual([200]);
    await cdk(['destroy', 'images-api-dev-carol', '--force'], { ...options, owner: 'carol' });
    expect(await Promise.all([GLOBAL, ...APIS].map(resourcesOf))).toEqual(before);
  });

  it('applies a changed setting and replaces no resources', async () => {
    const before = await resourcesOf('images-api-dev');
    await deployAll({ ...OPTIONS, 'dev.cacheControl': 'private, max-age=7' });
    const key = await keyValue(await exportOf('global--api-key-id--dev'));
    const { headers } = await fetchImage(await outputOf('images-api-dev', 'Endpoint'), 'a/image.png', key);
    expect(headers['cache-control']).toBe('private, max-age=7');
    expect(await resourcesOf('images-api-dev')).toEqual(before);
  });
});

describe('a switch of the response mode', () => {
  const deployIn = (mode: string) =>
    cdk(['deploy', 'images-api-dev', '--exclusively', '--require-approval', 'never'], {
      ...OPTIONS,
      'dev.responseMode': mode,
    });
  const functions = () => physicalIds('images-api-dev', 'AWS::Lambda::Function');
  const logs = () => logGroups('/aws/lambda/images-api-dev-lambda');

  it('replaces the function and keeps its log group', async () => {
    expect(await functions()).toEqual(['images-api-dev-lambda-buf']);
    await deployIn('stream');
    expect([await functions(), await logs()]).toEqual([
      ['images-api-dev-lambda'],
      ['/aws/lambda/images-api-dev-lambda'],
    ]);
  });

  it('can be undone', async () => {
    await deployIn('buffered');
    expect([await functions(), await logs()]).toEqual([
      ['images-api-dev-lambda-buf'],
      ['/aws/lambda/images-api-dev-lambda'],
    ]);
    expect(await statusesWith(await keyValue(await exportOf('global--api-key-id--dev')))).toEqual([200, 200, 200]);
  });
});

describe('a rotation of the API key', () => {
  let old: string | undefined;
  let fresh: string | undefined;

  it('starts with a second generation, which every API accepts in addition to the first', async () => {
    old = await keyValue(await exportOf('global--api-key-id--dev'));
    await rotate('["a","b"]');
    fresh = await keyValue(await exportOf('global--api-key-id--dev--b'));
    expect(fresh).not.toBe(old);
    expect(await statusesWith(old)).toEqual([200, 200, 200]);
    expect(await statusesWith(fresh)).toEqual([200, 200, 200]);
  });

  it('cannot delete a generation that an API accepts', async () => {
    await expect(rotate('["b"]')).rejects.toThrow(
      `Export global--api-key-id--dev cannot be deleted as it is in use by ${APIS.join(' and ')}`,
    );
    expect(await statusesWith(old)).toEqual([200, 200, 200]);
  });

  it('continues with the first generation retired, which no API accepts any longer', async () => {
    await rotate('["b"]', '["a"]');
    expect(await statusesWith(old)).toEqual([403, 403, 403]);
    expect(await statusesWith(fresh)).toEqual([200, 200, 200]);
  });

  it('can be undone, because a retired key keeps its value', async () => {
    await rotate('["a","b"]');
    expect(await statusesWith(old)).toEqual([200, 200, 200]);
    await rotate('["b"]', '["a"]');
    expect(await statusesWith(old)).toEqual([403, 403, 403]);
  });

  it('ends with only the second generation', async () => {
    await rotate('["b"]');
    expect(await exportsOf(GLOBAL)).toEqual([
      'global--api-role--dev',
      'global--api-key--dev--b',
      'global--api-key-id--dev--b',
    ]);
    expect(await statusesWith(fresh)).toEqual([200, 200, 200]);
  });
});

describe('cdk destroy', () => {
  const options = { ...OPTIONS, 'dev.keyGenerations': '["b"]' };

  it('deletes the stack of one engineer, and the other APIs still work', async () => {
    await cdk(['destroy', 'images-api-dev-bob', '--force'], options);
    const key = await keyValue(await exportOf('global--api-key-id--dev--b'));
    expect(await statusesWith(key, ['images-api-dev', 'images-api-dev-alice'])).toEqual([200, 200]);
  });

  it('cannot delete the global stack while other stacks import from it', async () => {
    await expect(deleteStack(GLOBAL)).rejects.toThrow('is imported by stack');
  });

  it('deletes all stacks of the environment', async () => {
    await cdk(['destroy', '--all', '--force'], options);
    expect((await listStacks()).map(({ StackName }) => StackName)).toEqual(['CDKToolkit']);
  });
});

describe('a protected environment', () => {
  const options: Options = {
    environment: 'prod',
    'prod.account': ACCOUNT,
    'prod.bucket': BUCKET,
    'prod.responseMode': 'buffered',
    'prod.operations': 'false',
  };
  const { environment: _, ...withoutEnvironment } = options;
  const STACKS = ['images-api-global-prod', 'images-api-prod'];
  const LOGS = ['/aws/apigateway/images-api-prod-api', '/aws/lambda/images-api-prod-lambda'];
  const SECRET = 'images-api-global-prod--api-key';
  const stacks = async () => (await listStacks()).map(({ StackName }) => StackName ?? '').sort();
  const serve = async () => {
    const key = await keyValue(await outputOf(STACKS[0] as string, 'global--api-key-id--prod'));
    return statusesWith(key, ['images-api-prod']);
  };

  it('is deployed if -c environment names it', async () => {
    await cdk(['deploy', '--all', '--require-approval', 'never'], options);
    expect(await stacks()).toEqual(['CDKToolkit', ...STACKS]);
    expect(await serve()).toEqual([200]);
  });

  it('is left out of commands with --all that do not name it', async () => {
    await cdk(['destroy', '--all', '--force'], withoutEnvironment);
    expect(await stacks()).toEqual(['CDKToolkit', ...STACKS]);
  });

  it('cannot be deleted while it is protected', async () => {
    await expect(cdk(['destroy', '--all', '--force'], options)).rejects.toThrow('TerminationProtection is enabled');
    expect(await serve()).toEqual([200]);
  });

  it('leaves logs, key and secret behind if only its termination protection is turned off', async () => {
    await turnOffTerminationProtection(STACKS);
    await cdk(['destroy', '--all', '--force'], options);
    expect(await stacks()).toEqual(['CDKToolkit']);
    expect(await logGroups('/aws/')).toEqual(LOGS);
    expect(await secretValue(SECRET)).toMatchObject({ api_key: expect.any(String) });
  });

  it('comes back after the retained names are deleted', async () => {
    await deleteRetained(LOGS, SECRET);
    await cdk(['deploy', '--all', '--require-approval', 'never'], options);
    expect(await serve()).toEqual([200]);
  });

  it('is deleted with its logs and its key after a deployment with protect set to false', async () => {
    const unprotected = { ...options, 'prod.protect': 'false' };
    await cdk(['deploy', '--all', '--require-approval', 'never'], unprotected);
    await cdk(['destroy', '--all', '--force'], unprotected);
    expect(await stacks()).toEqual(['CDKToolkit']);
    expect(await logGroups('/aws/')).toEqual([]);
    await expect(secretValue(SECRET)).rejects.toThrow();
  });
});

/** The commands of docs/deploy.md, in their order. The emulator checks no permissions and does not evaluate the trust policy. */
describe('a bucket in another account, with a reader role', () => {
  const OWNER = '222222222222';
  const options: Options = {
    environment: 'prod',
    'prod.account': ACCOUNT,
    'prod.region': REGION,
    'prod.bucket': 'images-of-the-owner',
    'prod.prefix': 'originals',
    'prod.bucketAccount': OWNER,
    'prod.readerRoleArn': `arn:aws:iam::${OWNER}:role/images-reader`,
    'prod.externalId': 'images-api-prod',
    'prod.responseMode': 'buffered',
    'prod.operations': 'false',
    'prod.protect': 'false',
  };
  const deploy = (stacks: string, account?: string) =>
    cdk(['deploy', stacks, '--require-approval', 'never'], options, account);

  it('serves an image after the three commands', async () => {
    await createBucket('images-of-the-owner', OWNER);
    await putImage('images-of-the-owner', 'originals/a/image.png', IMAGE, OWNER);
    await deploy('images-api-global-prod');
    await deploy('images-account-prod/*', OWNER);
    await deploy('images-api-prod');
    const key = await keyValue(await outputOf('images-api-global-prod', 'global--api-key-id--prod'));
    const { status, body } = await fetchImage(await outputOf('images-api-prod', 'Endpoint'), 'a/image.png', key);
    expect(status).toBe(200);
    expect(body.equals(IMAGE)).toBe(true);
  });

  it('is deleted by destroying the stacks of both accounts', async () => {
    await cdk(['destroy', '--all', '--force'], options);
    await cdk(['destroy', 'images-account-prod/*', '--force'], options, OWNER);
    expect((await listStacks()).map(({ StackName }) => StackName)).toEqual(['CDKToolkit']);
  });
});
