import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { HOPS, type HopName } from '../../../src/cli/hops.ts';
import { run } from '../../cli/run.ts';
import { API_KEY_VALUE } from './operator.ts';

const { endpoint, region, roles: taken } = inject('accounts');
const { credentials, roles } = inject('operator');

const ENV = {
  ENVIRONMENT: 'dev',
  IMAGES_BUCKET: 'partner-images',
  IMAGES_PREFIX: 'partners',
  IMAGES_ROLE_ARN: roles.listing,
  IMAGES_ROLE_EXTERNAL_ID: 'contract-1',
};

describe('images-api doctor, where IAM is enforced', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    // Of the machine that runs this, nothing is known.
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const examine = async (env: Readonly<Record<string, string>> = {}, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(['doctor', '--json', ...args], { ...ENV, ...env });
    expect(stdout + stderr).not.toContain(credentials.secretAccessKey);
    expect(stdout + stderr).not.toContain(API_KEY_VALUE);
    return { exitCode, diagnosis: JSON.parse(stdout) };
  };

  it('finds every hop whole, from the credentials to the secret', async () => {
    const { diagnosis } = await examine({}, '--sample', 'image.jpeg');
    expect(diagnosis.hops.slice(0, 6)).toEqual([
      { hop: 'identity', status: 'ok', detail: expect.stringMatching(/^arn:aws:iam::\d+:user\/operator$/) },
      { hop: 'role', status: 'ok', detail: roles.listing },
      { hop: 'bucket', status: 'ok', detail: 'partner-images' },
      { hop: 'prefix', status: 'ok', detail: 's3://partner-images/partners/' },
      { hop: 'sample', status: 'ok', detail: 'partners/image.jpeg, 19 bytes, image/jpeg' },
      { hop: 'secret', status: 'ok', detail: 'images-api-global-dev--api-key' },
    ]);
  });

  const withoutCredentials = () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  };

  interface Case {
    readonly when: string;
    readonly broken: HopName;
    readonly before?: () => unknown;
    readonly env?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    readonly detail: RegExp;
  }

  const CASES: readonly Case[] = [
    { when: 'there are no credentials', broken: 'identity', before: withoutCredentials, detail: /no credentials/ },
    {
      when: 'nobody has the key',
      broken: 'identity',
      before: () => vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIANOBODY'),
      detail: /AWS does not know these credentials/,
    },
    {
      when: 'the role trusts somebody else',
      broken: 'role',
      env: { IMAGES_ROLE_ARN: taken.distrusting },
      detail: /role\/distrusting is refused\. AWS says: /,
    },
    {
      when: 'the identity may not take the role',
      broken: 'role',
      env: { IMAGES_ROLE_ARN: taken.withheld },
      detail: /role\/withheld is refused\. AWS says: User: .*operator is not authorized to perform: sts:AssumeRole/,
    },
    {
      when: 'the external id is another',
      broken: 'role',
      env: { IMAGES_ROLE_EXTERNAL_ID: 'another' },
      detail: /role\/listing is refused\. AWS says: /,
    },
    {
      when: 'there is no such bucket',
      broken: 'bucket',
      env: { IMAGES_BUCKET: 'no-such-bucket' },
      detail: /^there is no bucket no-such-bucket$/,
    },
    {
      when: 'the prefix is denied',
      broken: 'prefix',
      env: { IMAGES_ROLE_ARN: roles.blind },
      detail: /^s3:\/\/partner-images\/partners\/ may not be listed\. AWS says: Access Denied$/,
    },
    {
      when: 'the images below the prefix are denied',
      broken: 'sample',
      env: { IMAGES_PREFIX: 'private' },
      args: ['--sample', 'image.jpeg'],
      detail: /^private\/image\.jpeg may not be read\. AWS says: Access Denied$/,
    },
    {
      when: 'the sample is missing',
      broken: 'sample',
      args: ['--sample', 'missing.jpeg'],
      detail: /^there is no object partners\/missing\.jpeg$/,
    },
    {
      when: 'the secret is missing',
      broken: 'secret',
      env: { ENVIRONMENT: 'prod' },
      detail: /^there is no secret images-api-global-prod--api-key /,
    },
  ];

  it.each(CASES)('names the hop $broken when $when', async ({ broken, before, env, args = [], detail }) => {
    before?.();
    const { exitCode, diagnosis } = await examine(env, ...args);
    expect([diagnosis.broken, exitCode]).toEqual([broken, HOPS[broken].exitCode]);
    expect(diagnosis.hops.find(({ hop }: { hop: string }) => hop === broken)).toEqual({
      hop: broken,
      status: 'failed',
      detail: expect.stringMatching(detail),
      mend: expect.any(String),
    });
  });

  it.skip('names the hop role when the external id is missing (left out: moto asks for none; see test/cli)');

  it.skip('looks at the usage plan (left out: moto needs more packages for it; see test/cli)');
});
