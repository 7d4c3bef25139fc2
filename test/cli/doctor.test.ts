import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHECKS } from '../../src/cli/doctor.ts';
import { apiKeyName, apiStackName } from '../../src/settings/names.ts';
import { type AwsOrigin, type Reply, startAwsOrigin } from '../support/aws-origin/aws-origin.ts';
import { type Answer, Refusal } from '../support/aws-origin/exchange.ts';
import { type Bucket, createObject } from '../support/aws-origin/s3-service.ts';
import { makeBytes } from '../support/image-bytes.ts';
import { type Run, run } from '../support/run-cli.ts';

const ROLE = 'arn:aws:iam::222222222222:role/reader';
// Names as the stacks create them.
const SECRET = apiKeyName('dev', 'a');
const PLAN = `${apiStackName('dev')}-usage-plan`;
const KEY_VALUE = 'the-value-of-the-key-of-the-api';
const ENV = { ENVIRONMENT: 'dev', IMAGES_BUCKET: 'images', IMAGES_PREFIX: 'p' };
const SAMPLE = ['--sample', '/a.jpg'];
const WITH_ROLE = ['--role', ROLE, '--external-id', 'external-1'];

describe('images-api doctor', () => {
  let origin: AwsOrigin;
  let runs: Run[];

  beforeEach(async () => {
    runs = [];
    origin = await startAwsOrigin();
    const objects = new Map([['p/a.jpg', createObject(makeBytes(10), { 'Content-Type': 'image/jpeg' })]]);
    origin.buckets.set('images', { owner: '222222222222', objects });
    origin.roles.set(ROLE, { trusted: origin.caller, externalId: 'external-1' });
    origin.managedSecrets.set(SECRET, {});
    const apiStages = [{ apiId: 'abc123', stage: 'dev' }];
    const keys = [{ name: SECRET, value: KEY_VALUE }];
    origin.usagePlans.push({ name: 'another', apiStages, keys }, { name: PLAN, apiStages, keys });
    const { endpoint, region, credentials } = origin.client;
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    // Hides the AWS configuration of the machine that runs the test.
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  });

  afterEach(async () => {
    const { secretAccessKey } = origin.client.credentials;
    for (const { stdout, stderr } of runs) {
      expect(stdout + stderr).not.toContain(KEY_VALUE);
      expect(stdout + stderr).not.toContain(secretAccessKey);
      expect(stdout + stderr).not.toContain('external-1');
      expect(stdout + stderr).not.toMatch(/X-Amz-/i);
      // The output contains no control character of an AWS response.
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
    vi.unstubAllEnvs();
    await origin.close();
  });

  const changeBucket = (change: Partial<Bucket>) =>
    origin.buckets.set('images', { ...(origin.buckets.get('images') as Bucket), ...change });

  const runDoctor = async (...args: string[]): Promise<Run> => {
    const result = await run(['doctor', ...args], ENV);
    runs.push(result);
    return result;
  };

  /** The printed status, detail and fix of a check. */
  const findCheck = ({ stdout }: Run, check: string): string[] => {
    const [, status = '', detail = '', fix = ''] =
      new RegExp(`^(\\w+) +${check} +(.*)\n(?: +fix +(.*)\n)?`, 'm').exec(stdout) ?? [];
    return [status, detail, fix];
  };

  it('prints all checks in order and returns 0 if none fails', async () => {
    expect(await runDoctor(...SAMPLE, ...WITH_ROLE)).toEqual({
      exitCode: 0,
      stdout: [
        'ok       identity    arn:aws:iam::111111111111:user/caller',
        `ok       role        ${ROLE}`,
        'ok       bucket      images',
        'ok       prefix      s3://images/p/',
        'ok       sample      p/a.jpg, 10 bytes, image/jpeg',
        `ok       secret      ${SECRET}`,
        `ok       usage-plan  ${PLAN}, 1 key for abc123/dev`,
        'skipped  listing     LISTING is off, so the service lists no images',
        'skipped  signed-url  SIGNED_LOCATIONS is off and REDIRECT_ABOVE is not set, so the service signs no URLs',
        'No check failed.',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('reads the bucket with the role and sends all other requests as the identity', async () => {
    changeBucket({ reader: ROLE });
    expect((await runDoctor(...SAMPLE, ...WITH_ROLE)).exitCode).toBe(0);
    expect(await runDoctor(...SAMPLE)).toMatchObject({ exitCode: 13 });
  });

  it('skips the role if none is configured, and the sample if no path is given', async () => {
    const result = await runDoctor();
    expect([result.exitCode, findCheck(result, 'role'), findCheck(result, 'sample')]).toEqual([
      0,
      ['skipped', 'no role is configured, so the identity reads the bucket itself', ''],
      ['skipped', 'no sample path was given; add --sample <path>', ''],
    ]);
  });

  it('reads a bucket in another region with --bucket-region, and a Requester Pays bucket', async () => {
    changeBucket({ region: 'us-east-2', requesterPays: true });
    const result = await run(['doctor', ...SAMPLE, '--bucket-region', 'us-east-2'], {
      ...ENV,
      IMAGES_REQUESTER_PAYS: 'true',
    });
    runs.push(result);
    expect(result.exitCode).toBe(0);
    expect((await runDoctor(...SAMPLE, '--bucket-region', 'us-east-2')).exitCode).toBe(13);
  });

  it('counts the keys of the usage plan', async () => {
    const apiStages = [{ apiId: 'abc123', stage: 'dev' }];
    const keys = [1, 2].map((number) => ({ name: `key-${number}`, value: KEY_VALUE }));
    origin.usagePlans.splice(0, 2, { name: PLAN, apiStages, keys });
    expect(findCheck(await runDoctor(), 'usage-plan')).toEqual(['ok', `${PLAN}, 2 keys for abc123/dev`, '']);
  });

  it('passes the check sample if the image has no content type', async () => {
    origin.intervene(({ path }, answer) => {
      const { 'Content-Type': _, ...headers } = answer.headers;
      return path === '/images/p/a.jpg' ? { ...answer, headers } : answer;
    });
    expect(findCheck(await runDoctor(...SAMPLE), 'sample')).toEqual(['ok', 'p/a.jpg, 10 bytes, no content type', '']);
  });

  it('never asks for the value of a secret', async () => {
    await runDoctor(...SAMPLE);
    const targets = origin.requests.map(({ headers }) => headers['x-amz-target']).filter(Boolean);
    expect(targets).toEqual(['secretsmanager.DescribeSecret']);
  });

  const ALL_ON = ['--listing', 'on', '--signed-locations', 'on', '--redirect-above', '1'];

  it('lists the first image and reads it with a signed URL if both are on', async () => {
    const result = await runDoctor(...SAMPLE, ...WITH_ROLE, ...ALL_ON);
    const { host } = new URL(origin.client.endpoint);
    expect([result.exitCode, findCheck(result, 'listing'), findCheck(result, 'signed-url')]).toEqual([
      0,
      ['ok', 'the first image is a.jpg, 10 bytes', ''],
      ['ok', `/a.jpg, 10 bytes, read from ${host} with a signed URL`, ''],
    ]);
    const signed = origin.requests.at(-1);
    expect(signed).toMatchObject({ method: 'GET', path: '/images/p/a.jpg', headers: { range: 'bytes=0-0' } });
    expect(signed?.query).toContain('response-content-type=image%2Fjpeg');
    expect(signed?.headers).not.toHaveProperty('authorization');
  });

  it('reads the settings of the checks from their variables', async () => {
    for (const variables of [{ SIGNED_LOCATIONS: 'on' }, { REDIRECT_ABOVE: '1000000' }]) {
      const result = await run(['doctor', ...SAMPLE], { ...ENV, LISTING: 'on', ...variables });
      runs.push(result);
      expect([findCheck(result, 'listing')[0], findCheck(result, 'signed-url')[0]]).toEqual(['ok', 'ok']);
    }
  });

  it('signs a URL of the first listed image if no sample is given', async () => {
    const result = await runDoctor('--signed-locations', 'on');
    expect(findCheck(result, 'signed-url').slice(0, 2)).toEqual([
      'ok',
      expect.stringMatching(/^a\.jpg, 10 bytes, read from /),
    ]);
  });

  it('accepts a signed URL of an empty image', async () => {
    origin.buckets.get('images')?.objects.set('p/empty.jpg', createObject(makeBytes(0)));
    const result = await runDoctor('--sample', 'empty.jpg', '--signed-locations', 'on');
    expect(findCheck(result, 'signed-url')[1]).toMatch(/^empty\.jpg, 0 bytes, read from /);
  });

  const replaceObjects = (...keys: readonly string[]) =>
    changeBucket({ objects: new Map(keys.map((key) => [key, createObject(makeBytes(1))])) });

  it('skips the signed URL if no sample is given and no key has a path', async () => {
    replaceObjects('p/notes.txt');
    expect(findCheck(await runDoctor('--signed-locations', 'on'), 'signed-url')).toEqual([
      'skipped',
      'no image was found; add --sample <path>',
      '',
    ]);
  });

  it('passes the check listing if the first page is empty and others follow', async () => {
    replaceObjects(...Array.from({ length: 30 }, (_, index) => `p/${index}.txt`));
    expect(findCheck(await runDoctor('--listing', 'on'), 'listing')).toEqual([
      'ok',
      'the first 20 keys have no path, so the first page of the listing is empty',
      '',
    ]);
  });

  const addLargeImage = () =>
    origin.buckets.get('images')?.objects.set('p/large.jpg', createObject(makeBytes(20_000_000)));

  it('closes the connection of a large image without reading the image', async () => {
    addLargeImage();
    const { stdout } = await runDoctor('--sample', 'large.jpg');
    expect(stdout).toMatch(/large\.jpg, 20000000 bytes/);
    // Three idle connections are left: STS, Secrets Manager and API Gateway. That of S3 was closed with the image.
    await vi.waitFor(() => expect(origin.sockets()).toBe(3));
  });

  it('runs as a separate process that exits by itself', async () => {
    const args = ['src/cli/images-api.ts', 'doctor', ...SAMPLE];
    const options = { env: { ...process.env, ...ENV }, timeout: 20_000 };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    expect(stdout).toMatch(/\nNo check failed\.\n$/);
  });

  interface Case {
    readonly check: string;
    readonly exitCode: number;
    readonly when: string;
    readonly breakIt?: () => void;
    readonly args?: readonly string[];
    readonly detail: RegExp;
    readonly fix: RegExp;
  }

  const withoutCredentials = () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  };
  const refuse = (matches: (path: string, target: unknown) => boolean, status: number, code: string) => () =>
    origin.intervene(({ path, headers }, answer) => {
      if (matches(path, headers['x-amz-target'])) throw new Refusal(status, code);
      return answer;
    });
  /** Changes the answers to signed URLs only. */
  const breakSignedUrl = (reply: (answer: Answer) => Reply) => () =>
    origin.intervene(({ query }, answer) => (query.includes('X-Amz-Signature') ? reply(answer) : answer));
  const refuseSignedUrl = (status: number, code: string) =>
    breakSignedUrl(() => {
      throw new Refusal(status, code);
    });
  const SIGNED = [...SAMPLE, '--signed-locations', 'on'];
  const isBelow = (prefix: string) => (path: string) => path.startsWith(prefix);
  const isSecretsManager = (_path: string, target: unknown) => target !== undefined;

  const CASES: readonly Case[] = [
    {
      check: 'identity',
      exitCode: 10,
      when: 'there are no credentials',
      breakIt: withoutCredentials,
      detail: /^no AWS credentials were found \(CredentialsProviderError\)$/,
      fix: /^Log in with aws sso login, or set AWS_PROFILE, /,
    },
    {
      check: 'identity',
      exitCode: 10,
      when: 'the access key is unknown',
      breakIt: () => vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOTHER'),
      detail: /^AWS rejected the credentials \(InvalidAccessKeyId\)$/,
      fix: /^Run aws configure list/,
    },
    {
      check: 'identity',
      exitCode: 10,
      when: 'the secret key is wrong',
      breakIt: () => vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another'),
      detail: /^AWS rejected the credentials \(SignatureDoesNotMatch\)$/,
      fix: /^Run aws configure list/,
    },
    {
      check: 'identity',
      exitCode: 10,
      when: 'the credentials have expired',
      breakIt: refuse((path) => path === '/', 403, 'ExpiredTokenException'),
      detail: /^the AWS credentials have expired/,
      fix: /^Log in/,
    },
    {
      check: 'identity',
      exitCode: 10,
      when: 'the clock is wrong',
      breakIt: refuse((path) => path === '/', 403, 'RequestExpired'),
      detail: /^the clock of this machine is wrong/,
      fix: /^Set the clock/,
    },
    {
      check: 'identity',
      exitCode: 10,
      when: 'no region is set',
      breakIt: () => vi.stubEnv('AWS_REGION', undefined),
      detail: /^no AWS region is set$/,
      fix: /^Set AWS_REGION/,
    },
    {
      check: 'identity',
      exitCode: 10,
      when: 'AWS cannot be reached',
      breakIt: () => vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1'),
      detail: /^AWS is unreachable \(ECONNREFUSED\)$/,
      fix: /^Check the network/,
    },
    {
      check: 'role',
      exitCode: 11,
      when: 'the role trusts another identity',
      breakIt: () =>
        origin.roles.set(ROLE, { trusted: 'arn:aws:iam::111111111111:user/else', externalId: 'external-1' }),
      args: WITH_ROLE,
      detail:
        /^the identity cannot assume arn:aws:iam::222222222222:role\/reader\. AWS says: Refused with AccessDenied\.$/,
      fix: /^Check three things: the role's trust policy allows the identity above; --external-id matches, if the role requires one; the identity has sts:AssumeRole on the role\. If the role trusts only the function, you cannot assume it yourself, and this failure is expected\.$/,
    },
    {
      check: 'role',
      exitCode: 11,
      when: 'the external id is wrong',
      args: ['--role', ROLE, '--external-id', 'another'],
      detail: /^the identity cannot assume /,
      fix: /--external-id matches, if the role requires one/,
    },
    {
      check: 'role',
      exitCode: 11,
      when: 'the external id is missing',
      args: ['--role', ROLE],
      detail: /^the identity cannot assume /,
      fix: /--external-id is set, if the role requires one/,
    },
    {
      check: 'role',
      exitCode: 11,
      when: 'STS throttles',
      breakIt: () =>
        origin.intervene(({ body }, answer) => {
          if (body.includes('AssumeRole')) throw new Refusal(400, 'Throttling');
          return answer;
        }),
      args: WITH_ROLE,
      detail: /^AWS answered 400 \(Throttling\)$/,
      fix: /^Try again/,
    },
    {
      check: 'bucket',
      exitCode: 12,
      when: 'the bucket does not exist',
      args: ['--bucket', 'gone'],
      detail: /^the bucket gone does not exist$/,
      fix: /^Correct IMAGES_BUCKET or --bucket/,
    },
    {
      check: 'bucket',
      exitCode: 12,
      when: 'the bucket is in another region',
      breakIt: () =>
        origin.intervene(({ method }, answer) =>
          method === 'HEAD' ? { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' }, body: '' } : answer,
        ),
      detail: /^the bucket images is in eu-west-1, not in eu-central-1$/,
      fix: /^Set IMAGES_BUCKET_REGION or --bucket-region to eu-west-1, and bucketRegion in cdk\.json\.$/,
    },
    {
      check: 'bucket',
      exitCode: 12,
      when: 'S3 fails',
      breakIt: refuse(isBelow('/images'), 500, 'InternalError'),
      detail: /^AWS answered 500/,
      fix: /^Try again/,
    },
    {
      check: 'prefix',
      exitCode: 13,
      when: 'listing is denied',
      breakIt: () => changeBucket({ unlisted: true }),
      detail: /^listing s3:\/\/images\/p\/ is denied\. AWS says: Refused with AccessDenied\.$/,
      fix: /^Allow s3:ListBucket on arn:aws:s3:::images for the s3:prefix p\/\* in the policy of the role or identity\. .* 403 instead of 404 for a missing object\.$/,
    },
    {
      check: 'prefix',
      exitCode: 13,
      when: 'another account owns the bucket',
      args: ['--bucket-owner', '333333333333', '--prefix', ''],
      detail: /^listing s3:\/\/images\/ is denied/,
      fix: /^Allow s3:ListBucket on arn:aws:s3:::images in .* Check too that the account 333333333333 owns the bucket\.$/,
    },
    {
      check: 'prefix',
      exitCode: 13,
      when: 'no key has the prefix',
      args: ['--prefix', 'empty'],
      detail: /^s3:\/\/images\/empty\/ has no objects$/,
      fix: /^Correct IMAGES_PREFIX or --prefix/,
    },
    {
      check: 'prefix',
      exitCode: 13,
      when: 'S3 fails',
      breakIt: () =>
        origin.intervene(({ query }, answer) => {
          if (query.includes('list-type=2')) throw new Refusal(500, 'InternalError');
          return answer;
        }),
      detail: /^AWS answered 500 \(InternalError\)$/,
      fix: /^Try again/,
    },
    {
      check: 'sample',
      exitCode: 14,
      when: 'the image does not exist',
      args: ['--sample', 'gone.jpg'],
      detail: /^the object p\/gone\.jpg does not exist$/,
      fix: /^Choose the path of an image that exists/,
    },
    {
      check: 'sample',
      exitCode: 14,
      when: 'no route matches the path',
      args: ['--sample', 'notes.txt'],
      detail: /^the path has no key\. No route matches the path/,
      fix: /images-api explain/,
    },
    {
      check: 'sample',
      exitCode: 14,
      when: 'reading the image is denied',
      breakIt: refuse(isBelow('/images/p/a.jpg'), 403, 'AccessDenied'),
      args: SAMPLE,
      detail: /^reading p\/a\.jpg is denied\. AWS says: /,
      fix: /^Allow s3:GetObject on arn:aws:s3:::images\/p\/\*\. .* kms:Decrypt/,
    },
    {
      check: 'sample',
      exitCode: 14,
      when: 'the image is encrypted with a key of its uploader',
      breakIt: refuse(isBelow('/images/p/a.jpg'), 400, 'InvalidRequest'),
      args: SAMPLE,
      detail: /^S3 rejects the request for p\/a\.jpg as invalid \(InvalidRequest\)$/,
      fix: /\(SSE-C\)\. The service cannot send such a key/,
    },
    {
      check: 'sample',
      exitCode: 14,
      when: 'the image is archived',
      breakIt: refuse(isBelow('/images/p/a.jpg'), 403, 'InvalidObjectState'),
      args: SAMPLE,
      detail: /^the object p\/a\.jpg is archived$/,
      fix: /^Restore the object/,
    },
    {
      check: 'sample',
      exitCode: 14,
      when: 'S3 fails',
      breakIt: refuse(isBelow('/images/p/a.jpg'), 500, 'InternalError'),
      args: SAMPLE,
      detail: /^AWS answered 500 \(InternalError\)$/,
      fix: /^Try again/,
    },
    {
      check: 'secret',
      exitCode: 15,
      when: 'the secret does not exist',
      args: ['--secret', 'gone'],
      detail: /^the secret gone does not exist in this account and region$/,
      fix: /^Deploy the global stack/,
    },
    {
      check: 'secret',
      exitCode: 15,
      when: 'the secret is scheduled for deletion',
      breakIt: () => origin.managedSecrets.set(SECRET, { deleted: new Date() }),
      detail: /is scheduled for deletion$/,
      fix: /aws secretsmanager restore-secret --secret-id images-api-global-dev--api-key$/,
    },
    {
      check: 'secret',
      exitCode: 15,
      when: 'access to the secret is denied',
      breakIt: refuse(isSecretsManager, 400, 'AccessDeniedException'),
      detail: /^access to the secret \S+ is denied\. AWS says: /,
      fix: /secretsmanager:DescribeSecret/,
    },
    {
      check: 'secret',
      exitCode: 15,
      when: 'Secrets Manager fails',
      breakIt: refuse(isSecretsManager, 500, 'InternalServiceError'),
      detail: /^AWS answered 500 \(InternalServiceError\)$/,
      fix: /^Try again/,
    },
    {
      check: 'usage-plan',
      exitCode: 16,
      when: 'the plan does not exist',
      args: ['--usage-plan', 'gone'],
      detail: /^the usage plan gone does not exist in this account and region$/,
      fix: /^Deploy the API stack/,
    },
    {
      check: 'usage-plan',
      exitCode: 16,
      when: 'the plan has no stage',
      breakIt: () => origin.usagePlans.splice(0, 2, { name: PLAN, apiStages: [], keys: [] }),
      detail: /has no stage$/,
      fix: /^Deploy the API stack again/,
    },
    {
      check: 'usage-plan',
      exitCode: 16,
      when: 'the plan has no key',
      breakIt: () =>
        origin.usagePlans.splice(0, 2, { name: PLAN, apiStages: [{ apiId: 'abc123', stage: 'dev' }], keys: [] }),
      detail: /has no API key$/,
      fix: /attaches the key/,
    },
    {
      check: 'usage-plan',
      exitCode: 16,
      when: 'API Gateway leaves out the empty list of stages',
      breakIt: () =>
        origin.intervene(({ path }, answer) =>
          path === '/usageplans' ? { ...answer, body: JSON.stringify({ item: [{ id: '1', name: PLAN }] }) } : answer,
        ),
      detail: /has no stage$/,
      fix: /^Deploy the API stack again/,
    },
    {
      check: 'usage-plan',
      exitCode: 16,
      when: 'access to the plan is denied',
      breakIt: refuse(isBelow('/usageplans'), 403, 'AccessDeniedException'),
      detail: /^access to the usage plan \S+ is denied\. AWS says: /,
      fix: /apigateway:GET/,
    },
    {
      check: 'usage-plan',
      exitCode: 16,
      when: 'the response of API Gateway is not JSON and contains a key',
      breakIt: () =>
        origin.intervene(({ path }, answer) =>
          path.endsWith('/keys') ? { ...answer, body: `"${KEY_VALUE}\u001b[2J` } : answer,
        ),
      detail: /^AWS answered 200 \(SyntaxError\)$/,
      fix: /^Try again/,
    },
    {
      check: 'listing',
      exitCode: 17,
      when: 'only listing the prefix itself is allowed, and not a longer one',
      breakIt: () =>
        origin.intervene(({ query }, answer) => {
          if (/[?&]prefix=p%2Fpartners%2F(?:&|$)/.test(query)) throw new Refusal(403, 'AccessDenied');
          return answer;
        }),
      args: ['--listing', 'on', '--mapping', '{"routes": [{"path": "{id}.jpg", "key": "partners/{id}.jpg"}]}'],
      detail: /^the listing of s3:\/\/images\/p\/ is denied\. AWS says: Refused with AccessDenied\.$/,
      fix: /^Allow s3:ListBucket on arn:aws:s3:::images for the s3:prefix p\/\* in the policy/,
    },
    {
      check: 'listing',
      exitCode: 17,
      when: 'no key has a path',
      breakIt: () => replaceObjects('p/notes.txt'),
      args: ['--listing', 'on'],
      detail: /^the listing is empty, because no key under s3:\/\/images\/p\/ has a path$/,
      fix: /^Correct the mapping\. /,
    },
    {
      check: 'listing',
      exitCode: 17,
      when: 'S3 throttles',
      breakIt: () => {
        let calls = 0;
        origin.intervene(({ query }, answer) => {
          // The first call is that of the check prefix.
          if (query.includes('list-type=2') && calls++ > 0) throw new Refusal(503, 'SlowDown');
          return answer;
        });
      },
      args: ['--listing', 'on'],
      detail: /^AWS answered 503 \(SlowDown\)$/,
      fix: /^Try again/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'the bucket policy refuses the client',
      breakIt: refuseSignedUrl(403, 'AccessDenied'),
      args: SIGNED,
      detail: /^127\.0\.0\.1:\d+ answers the signed URL of \/a\.jpg with 403 \(AccessDenied\)$/,
      fix: /aws:SourceIp, aws:SourceVpce, aws:SourceVpc and s3:signatureAge/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'S3 fails',
      breakIt: refuseSignedUrl(500, 'InternalError'),
      args: SIGNED,
      detail: /with 500 \(InternalError\)$/,
      fix: /^Try again\./,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'a proxy answers instead of S3',
      breakIt: breakSignedUrl(() => ({ status: 502, headers: {}, body: '<html>' })),
      args: SIGNED,
      detail: /with 502$/,
      fix: /^Look for a proxy/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'a proxy redirects',
      breakIt: breakSignedUrl(() => ({ status: 302, headers: { Location: `${origin.client.endpoint}/` }, body: '' })),
      args: SIGNED,
      detail: /with 302$/,
      fix: /^Look for a proxy/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'Range is ignored',
      breakIt: breakSignedUrl((answer) => ({ ...answer, status: 200 })),
      args: SIGNED,
      detail: /with 200$/,
      fix: /^Look for a proxy/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'Content-Range has another size',
      breakIt: breakSignedUrl((answer) => ({
        ...answer,
        headers: { ...answer.headers, 'Content-Range': 'bytes 0-0/11' },
      })),
      args: SIGNED,
      detail: /^127\.0\.0\.1:\d+ sends Content-Range bytes 0-0\/11 for \/a\.jpg, which has 10 bytes$/,
      fix: /^Look for a proxy/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'the connection fails',
      breakIt: breakSignedUrl(() => (response) => response.destroy()),
      args: SIGNED,
      detail: /^127\.0\.0\.1:\d+ cannot be reached with the signed URL of \/a\.jpg \(UND_ERR_SOCKET\)$/,
      fix: /^Check the network/,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'reading the first listed image is denied',
      breakIt: refuse(isBelow('/images/p/a.jpg'), 403, 'AccessDenied'),
      args: ['--signed-locations', 'on'],
      detail: /^reading a\.jpg is denied\. AWS says: Refused with AccessDenied\.$/,
      fix: /^Allow s3:GetObject on arn:aws:s3:::images\/p\/\*\. /,
    },
    {
      check: 'signed-url',
      exitCode: 18,
      when: 'the first listed image cannot be read because S3 fails',
      breakIt: refuse(isBelow('/images/p/a.jpg'), 500, 'InternalError'),
      args: ['--signed-locations', 'on'],
      detail: /^AWS answered 500/,
      fix: /^Try again/,
    },
  ];

  it.each(CASES)('fails the check $check if $when', async ({ check, exitCode, breakIt, args = [], detail, fix }) => {
    breakIt?.();
    const result = await runDoctor(...args);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout).toContain(`The first check that failed is ${check}. (exit code ${exitCode})\n`);
    expect(findCheck(result, check)).toEqual(['failed', expect.stringMatching(detail), expect.stringMatching(fix)]);
  });

  it('skips the checks that need a failed one, directly or not, and runs the others', async () => {
    const result = await runDoctor('--bucket', 'gone', ...SAMPLE);
    const printed = CHECKS.map(({ name }) => findCheck(result, name).slice(0, 2).join(': '));
    expect(printed.slice(2)).toEqual([
      'failed: the bucket gone does not exist',
      'skipped: needs the check bucket, which did not pass',
      'skipped: needs the check prefix, which did not pass',
      `ok: ${SECRET}`,
      expect.stringMatching(/^ok: /),
      'skipped: needs the check prefix, which did not pass',
      'skipped: needs the check sample, which did not pass',
    ]);
  });

  it('passes the check bucket if S3 answers HeadBucket with 403', async () => {
    const forbidden = { status: 403, headers: { 'x-amz-bucket-region': origin.client.region }, body: '' };
    origin.intervene(({ method }, answer) => (method === 'HEAD' ? forbidden : answer));
    const result = await runDoctor(...SAMPLE);
    expect([result.exitCode, findCheck(result, 'bucket')]).toEqual([
      0,
      ['ok', 'images (HeadBucket is denied, but 403 still proves that the bucket exists)', ''],
    ]);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { stdout, exitCode } = await runDoctor('--json', '--secret', 'gone', '--usage-plan', 'gone');
    const { checks, ...rest } = JSON.parse(stdout);
    expect([exitCode, rest]).toEqual([15, { ok: false, failed: 'secret', exitCode: 15 }]);
    expect(checks.map(({ check }: { check: string }) => check)).toEqual(CHECKS.map(({ name }) => name));
    expect(checks.slice(0, 2)).toEqual([
      { check: 'identity', status: 'ok', detail: origin.caller },
      { check: 'role', status: 'skipped', detail: expect.stringMatching(/^no role/) },
    ]);
    expect(checks[5]).toEqual({
      check: 'secret',
      status: 'failed',
      detail: 'the secret gone does not exist in this account and region',
      fix: expect.stringMatching(/^Deploy/),
    });
    const passed = JSON.parse((await runDoctor('--json')).stdout);
    expect(passed).toEqual({ ok: true, exitCode: 0, checks: expect.any(Array) });
  });

  it('prints colours on a terminal only, and none if NO_COLOR is set', async () => {
    // Unsets all variables that getColorDepth of Node.js reads. In a CI run, for example, it would report no colours.
    for (const name of ['FORCE_COLOR', 'NODE_DISABLE_COLORS', 'NO_COLOR', 'CI', 'TF_BUILD', 'TEAMCITY_VERSION']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('TERM', 'xterm-256color');
    const isColoured = async (terminal: boolean) =>
      (await run(['doctor'], ENV, { terminal })).stdout.includes('\u001b[32mok');
    expect([await isColoured(true), await isColoured(false)]).toEqual([true, false]);
    vi.stubEnv('NO_COLOR', '1');
    expect(await isColoured(true)).toBe(false);
  });

  it('reports missing and wrong settings before it sends a request to AWS', async () => {
    const { exitCode, stdout, stderr } = await run(['doctor', '--role', 'reader'], {});
    expect([exitCode, stdout, origin.requests]).toEqual([2, '', []]);
    expect(stderr).toMatch(/IMAGES_ROLE_ARN: /);
    expect(stderr).toMatch(/- ENVIRONMENT: .*\n- IMAGES_BUCKET: /);
  });

  it('lists in its help the exit code of each check and when the check passes', async () => {
    const { exitCode, stdout } = await run(['doctor', '--help']);
    expect(exitCode).toBe(0);
    for (const { name, exitCode: code, passesWhen } of CHECKS) {
      expect(stdout).toContain(`  ${code}  ${name.padEnd(11)} passes when ${passesWhen}\n`);
    }
  });

  it('has one exit code per check, different from those of all commands', () => {
    const codes = CHECKS.map(({ exitCode }) => exitCode);
    expect(new Set([0, 1, 2, ...codes]).size).toBe(codes.length + 3);
  });
});
