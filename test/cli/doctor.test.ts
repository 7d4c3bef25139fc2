import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOPS } from '../../src/cli/hops.ts';
import { apiKeyName, apiStackName } from '../../src/settings/names.ts';
import { type AwsOrigin, startAwsOrigin } from '../support/aws-origin/aws-origin.ts';
import { Refusal } from '../support/aws-origin/exchange.ts';
import { type Bucket, createObject } from '../support/aws-origin/s3-service.ts';
import { makeBytes } from '../support/image-bytes.ts';
import { type Run, run } from './run.ts';

const ROLE = 'arn:aws:iam::222222222222:role/reader';
// As the stacks name them.
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
    // Of the machine that runs this, nothing is known.
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
      // No answer moves the cursor.
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
    vi.unstubAllEnvs();
    await origin.close();
  });

  const changeBucket = (change: Partial<Bucket>) =>
    origin.buckets.set('images', { ...(origin.buckets.get('images') as Bucket), ...change });

  const examine = async (...args: string[]): Promise<Run> => {
    const examined = await run(['doctor', ...args], ENV);
    runs.push(examined);
    return examined;
  };

  /** What is printed of a hop: its state, and all that is said of it. */
  const findHop = ({ stdout }: Run, hop: string): string[] => {
    const [, status = '', detail = '', mend = ''] =
      new RegExp(`^(\\w+) +${hop} +(.*)\n(?: +mend +(.*)\n)?`, 'm').exec(stdout) ?? [];
    return [status, detail, mend];
  };

  it('tells that every hop holds, in their order, and ends with 0', async () => {
    expect(await examine(...SAMPLE, ...WITH_ROLE)).toEqual({
      exitCode: 0,
      stdout: [
        'ok       identity    arn:aws:iam::111111111111:user/caller',
        `ok       role        ${ROLE}`,
        'ok       bucket      images',
        'ok       prefix      s3://images/p/',
        'ok       sample      p/a.jpg, 10 bytes, image/jpeg',
        `ok       secret      ${SECRET}`,
        `ok       usage-plan  ${PLAN}, 1 key for abc123/dev`,
        'No hop is broken.',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('reads the bucket with the role, and everything else with the identity', async () => {
    changeBucket({ reader: ROLE });
    expect((await examine(...SAMPLE, ...WITH_ROLE)).exitCode).toBe(0);
    expect(await examine(...SAMPLE)).toMatchObject({ exitCode: HOPS.prefix.exitCode });
  });

  it('skips the role where none is configured, and the sample where none is named', async () => {
    const examined = await examine();
    expect([examined.exitCode, findHop(examined, 'role'), findHop(examined, 'sample')]).toEqual([
      0,
      ['skipped', 'no role is configured: the identity reads the bucket itself', ''],
      ['skipped', 'no path was named: --sample takes one', ''],
    ]);
  });

  it('asks for no value of a secret', async () => {
    await examine(...SAMPLE);
    const targets = origin.requests.map(({ headers }) => headers['x-amz-target']).filter(Boolean);
    expect(targets).toEqual(['secretsmanager.DescribeSecret']);
  });

  const addLargeImage = () =>
    origin.buckets.get('images')?.objects.set('p/large.jpg', createObject(makeBytes(20_000_000)));

  it('does not read the image, and lets go of it', async () => {
    addLargeImage();
    const { stdout } = await examine('--sample', 'large.jpg');
    expect(stdout).toMatch(/large\.jpg, 20000000 bytes/);
    // STS, the list of S3, Secrets Manager and API Gateway keep one each.
    await vi.waitFor(() => expect(origin.sockets()).toBe(4));
  });

  it('runs as a process of its own, to its end', async () => {
    const args = ['src/cli/images-api.ts', 'doctor', ...SAMPLE];
    const options = { env: { ...process.env, ...ENV }, timeout: 20_000 };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    expect(stdout).toMatch(/\nNo hop is broken\.\n$/);
  });

  interface Case {
    readonly broken: keyof typeof HOPS;
    readonly when: string;
    readonly breakIt?: () => void;
    readonly args?: readonly string[];
    readonly detail: RegExp;
    readonly mend: RegExp;
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
  const of = (prefix: string) => (path: string) => path.startsWith(prefix);
  const ofSecrets = (_path: string, target: unknown) => target !== undefined;

  const CASES: readonly Case[] = [
    {
      broken: 'identity',
      when: 'there are no credentials',
      breakIt: withoutCredentials,
      detail: /^there are no credentials \(CredentialsProviderError\)$/,
      mend: /^Log in \(aws sso login\), or set AWS_PROFILE, /,
    },
    {
      broken: 'identity',
      when: 'AWS does not know the key',
      breakIt: () => vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOTHER'),
      detail: /^AWS does not know these credentials \(InvalidAccessKeyId\)$/,
      mend: /^Check which ones are in use/,
    },
    {
      broken: 'identity',
      when: 'the secret key is another',
      breakIt: () => vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another'),
      detail: /^AWS does not know these credentials \(SignatureDoesNotMatch\)$/,
      mend: /^Check which ones are in use/,
    },
    {
      broken: 'identity',
      when: 'the credentials have expired',
      breakIt: refuse((path) => path === '/', 403, 'ExpiredTokenException'),
      detail: /^the credentials have expired/,
      mend: /^Log in/,
    },
    {
      broken: 'identity',
      when: 'the clock is wrong',
      breakIt: refuse((path) => path === '/', 403, 'RequestExpired'),
      detail: /^the clock of this machine is wrong/,
      mend: /^Set the clock/,
    },
    {
      broken: 'identity',
      when: 'no region is set',
      breakIt: () => vi.stubEnv('AWS_REGION', undefined),
      detail: /^no region is configured$/,
      mend: /^Set AWS_REGION/,
    },
    {
      broken: 'identity',
      when: 'AWS cannot be reached',
      breakIt: () => vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1'),
      detail: /^AWS cannot be reached \(ECONNREFUSED\)$/,
      mend: /^Check the network/,
    },
    {
      broken: 'role',
      when: 'the role trusts somebody else',
      breakIt: () =>
        origin.roles.set(ROLE, { trusted: 'arn:aws:iam::111111111111:user/else', externalId: 'external-1' }),
      args: WITH_ROLE,
      detail: /^arn:aws:iam::222222222222:role\/reader is refused\. AWS says: Refused with AccessDenied\.$/,
      mend: /^Let the trust policy of the role name the identity above.*; compare the external id with the one/,
    },
    {
      broken: 'role',
      when: 'the external id is another',
      args: ['--role', ROLE, '--external-id', 'another'],
      detail: /is refused/,
      mend: /compare the external id with the one that it asks for/,
    },
    {
      broken: 'role',
      when: 'the external id is missing',
      args: ['--role', ROLE],
      detail: /is refused/,
      mend: /give the external id that it asks for, if it does, with --external-id/,
    },
    {
      broken: 'role',
      when: 'STS throttles',
      breakIt: () =>
        origin.intervene(({ body }, answer) => {
          if (body.includes('AssumeRole')) throw new Refusal(400, 'Throttling');
          return answer;
        }),
      args: WITH_ROLE,
      detail: /^AWS answers 400 \(Throttling\)$/,
      mend: /^Try again/,
    },
    {
      broken: 'bucket',
      when: 'there is no such bucket',
      args: ['--bucket', 'gone'],
      detail: /^there is no bucket gone$/,
      mend: /^Correct IMAGES_BUCKET or --bucket/,
    },
    {
      broken: 'bucket',
      when: 'it is in another region',
      breakIt: () =>
        origin.intervene(({ method }, answer) =>
          method === 'HEAD' ? { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' }, body: '' } : answer,
        ),
      detail: /^images is in eu-west-1$/,
      mend: /^Set AWS_REGION to eu-west-1\.$/,
    },
    {
      broken: 'bucket',
      when: 'S3 fails',
      breakIt: refuse(of('/images'), 500, 'InternalError'),
      detail: /^AWS answers 500/,
      mend: /^Try again/,
    },
    {
      broken: 'prefix',
      when: 'it may not be listed',
      breakIt: () => changeBucket({ unlisted: true }),
      detail: /^s3:\/\/images\/p\/ may not be listed\. AWS says: Refused with AccessDenied\.$/,
      mend: /^Allow s3:ListBucket on arn:aws:s3:::images where s3:prefix is p\/\*, /,
    },
    {
      broken: 'prefix',
      when: 'another account owns the bucket',
      args: ['--bucket-owner', '333333333333', '--prefix', ''],
      detail: /may not be listed/,
      mend: /^Allow s3:ListBucket on arn:aws:s3:::images, .* See, too, that the bucket belongs to the account 333333333333\.$/,
    },
    {
      broken: 'prefix',
      when: 'nothing lies below it',
      args: ['--prefix', 'empty'],
      detail: /^nothing lies below s3:\/\/images\/empty\/$/,
      mend: /^Correct IMAGES_PREFIX or --prefix/,
    },
    {
      broken: 'sample',
      when: 'there is no such image',
      args: ['--sample', 'gone.jpg'],
      detail: /^there is no object p\/gone\.jpg$/,
      mend: /^Name the path of an image that exists/,
    },
    {
      broken: 'sample',
      when: 'no route takes its path',
      args: ['--sample', 'notes.txt'],
      detail: /^the path has no key\. No route matches the path/,
      mend: /images-api explain/,
    },
    {
      broken: 'sample',
      when: 'it may not be read',
      breakIt: refuse(of('/images/p/a.jpg'), 403, 'AccessDenied'),
      args: SAMPLE,
      detail: /^p\/a\.jpg may not be read/,
      mend: /^Allow s3:GetObject on arn:aws:s3:::images\/p\/\*, and kms:Decrypt/,
    },
    {
      broken: 'sample',
      when: 'it is archived',
      breakIt: refuse(of('/images/p/a.jpg'), 403, 'InvalidObjectState'),
      args: SAMPLE,
      detail: /^p\/a\.jpg is archived$/,
      mend: /^Restore it/,
    },
    {
      broken: 'sample',
      when: 'S3 fails',
      breakIt: refuse(of('/images/p/a.jpg'), 500, 'InternalError'),
      args: SAMPLE,
      detail: /^AWS answers 500 \(InternalError\)$/,
      mend: /^Try again/,
    },
    {
      broken: 'secret',
      when: 'there is none',
      args: ['--secret', 'gone'],
      detail: /^there is no secret gone in this account and region$/,
      mend: /^Deploy the global stack/,
    },
    {
      broken: 'secret',
      when: 'it is about to be deleted',
      breakIt: () => origin.managedSecrets.set(SECRET, { deleted: new Date() }),
      detail: /is about to be deleted$/,
      mend: /aws secretsmanager restore-secret --secret-id images-api-global-dev--api-key/,
    },
    {
      broken: 'secret',
      when: 'it may not be looked at',
      breakIt: refuse(ofSecrets, 400, 'AccessDeniedException'),
      detail: /may not be looked at/,
      mend: /secretsmanager:DescribeSecret/,
    },
    {
      broken: 'secret',
      when: 'Secrets Manager fails',
      breakIt: refuse(ofSecrets, 500, 'InternalServiceError'),
      detail: /^AWS answers 500 \(InternalServiceError\)$/,
      mend: /^Try again/,
    },
    {
      broken: 'usage-plan',
      when: 'there is none',
      args: ['--usage-plan', 'gone'],
      detail: /^there is no usage plan gone in this account and region$/,
      mend: /^Deploy the API stack/,
    },
    {
      broken: 'usage-plan',
      when: 'it has no stage',
      breakIt: () => origin.usagePlans.splice(0, 2, { name: PLAN, apiStages: [], keys: [] }),
      detail: /has no stage$/,
      mend: /^Deploy the API stack again/,
    },
    {
      broken: 'usage-plan',
      when: 'it has no key',
      breakIt: () =>
        origin.usagePlans.splice(0, 2, { name: PLAN, apiStages: [{ apiId: 'abc123', stage: 'dev' }], keys: [] }),
      detail: /has no key$/,
      mend: /attaches the key/,
    },
    {
      broken: 'usage-plan',
      when: 'it may not be looked at',
      breakIt: refuse(of('/usageplans'), 403, 'AccessDeniedException'),
      detail: /may not be looked at/,
      mend: /apigateway:GET/,
    },
    {
      broken: 'usage-plan',
      when: 'API Gateway answers with something that cannot be read, and quotes a key',
      breakIt: () =>
        origin.intervene(({ path }, answer) =>
          path.endsWith('/keys') ? { ...answer, body: `"${KEY_VALUE}\u001b[2J` } : answer,
        ),
      detail: /^AWS answers 200 \(SyntaxError\)$/,
      mend: /^Try again/,
    },
  ];

  it.each(CASES)(
    'names the hop $broken when $when, and its mend',
    async ({ broken, breakIt, args = [], detail, mend }) => {
      breakIt?.();
      const examined = await examine(...args);
      expect(examined.exitCode).toBe(HOPS[broken].exitCode);
      expect(examined.stdout).toContain(`The first broken hop is ${broken}. (exit code ${examined.exitCode})\n`);
      expect(findHop(examined, broken)).toEqual(['failed', expect.stringMatching(detail), expect.stringMatching(mend)]);
    },
  );

  it('does not try what a broken hop leads to, and goes on with the rest', async () => {
    const examined = await examine('--bucket', 'gone', ...SAMPLE);
    const states = Object.keys(HOPS).map((hop) => findHop(examined, hop).slice(0, 2).join(': '));
    expect(states.slice(2)).toEqual([
      'failed: there is no bucket gone',
      'skipped: needs the hop bucket',
      'skipped: needs the hop prefix',
      `ok: ${SECRET}`,
      expect.stringMatching(/^ok: /),
    ]);
  });

  it('takes a bucket that refuses to be looked at for one that is there, as a policy with a prefix has it', async () => {
    const refusal = { status: 403, headers: { 'x-amz-bucket-region': origin.client.region }, body: '' };
    origin.intervene(({ method }, answer) => (method === 'HEAD' ? refusal : answer));
    const examined = await examine(...SAMPLE);
    expect([examined.exitCode, findHop(examined, 'bucket')]).toEqual([
      0,
      ['ok', 'images exists, and may not be looked at as a whole', ''],
    ]);
  });

  it('prints one JSON document on demand', async () => {
    const { stdout, exitCode } = await examine('--json', '--secret', 'gone');
    const diagnosis = JSON.parse(stdout);
    expect(diagnosis).toMatchObject({ ok: false, broken: 'secret', exitCode: HOPS.secret.exitCode });
    expect(exitCode).toBe(diagnosis.exitCode);
    expect(diagnosis.hops.map(({ hop }: { hop: string }) => hop)).toEqual(Object.keys(HOPS));
    expect(diagnosis.hops[5]).toEqual({
      hop: 'secret',
      status: 'failed',
      detail: 'there is no secret gone in this account and region',
      mend: expect.stringMatching(/^Deploy/),
    });
    expect(JSON.parse((await examine('--json')).stdout)).toMatchObject({ ok: true, exitCode: 0 });
  });

  it('uses colour on a terminal only, and not where NO_COLOR is set', async () => {
    // What node's getColorDepth looks at before it asks what the terminal is; the CI of a run counts as no terminal.
    for (const name of ['FORCE_COLOR', 'NODE_DISABLE_COLORS', 'NO_COLOR', 'CI', 'TF_BUILD', 'TEAMCITY_VERSION']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('TERM', 'xterm-256color');
    const coloured = async (terminal: boolean) =>
      (await run(['doctor'], ENV, { terminal })).stdout.includes('\u001b[32mok');
    expect([await coloured(true), await coloured(false)]).toEqual([true, false]);
    vi.stubEnv('NO_COLOR', '1');
    expect(await coloured(true)).toBe(false);
  });

  it('needs a bucket and the name of the environment, and says so before it asks AWS', async () => {
    const { exitCode, stdout, stderr } = await run(['doctor', '--role', 'reader'], {});
    expect([exitCode, stdout, origin.requests]).toEqual([2, '', []]);
    expect(stderr).toMatch(/IMAGES_ROLE_ARN: expected the ARN of a role/);
    expect(stderr).toMatch(/ENVIRONMENT: missing;.*\n- IMAGES_BUCKET: missing;/);
  });

  it('tells in its help what each exit code means', async () => {
    const { exitCode, stdout } = await run(['doctor', '--help']);
    expect(exitCode).toBe(0);
    for (const [hop, { exitCode: code, claim }] of Object.entries(HOPS)) {
      expect(stdout).toContain(`  ${code}  ${hop.padEnd(11)} unless ${claim}`);
    }
    const codes = Object.values(HOPS).map((hop) => hop.exitCode);
    expect(new Set([0, 1, 2, ...codes]).size).toBe(codes.length + 3);
  });
});
