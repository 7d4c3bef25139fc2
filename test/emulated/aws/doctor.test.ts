import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { run } from '../../support/run-cli.ts';
import { API_KEY_VALUE } from './operator.ts';

const { endpoint, region, roles: serviceRoles } = inject('accounts');
const { credentials, roles } = inject('operator');

const ENV = {
  ENVIRONMENT: 'dev',
  IMAGES_BUCKET: 'partner-images',
  IMAGES_PREFIX: 'partners',
  IMAGES_ROLE_ARN: roles.listing,
  IMAGES_ROLE_EXTERNAL_ID: 'contract-1',
};

describe('images-api doctor against an emulator that enforces IAM', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    // Hides the AWS configuration of the machine that runs the test.
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const runDoctor = async (env: Readonly<Record<string, string>> = {}, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(['doctor', '--json', ...args], { ...ENV, ...env });
    expect(stdout + stderr).not.toContain(credentials.secretAccessKey);
    expect(stdout + stderr).not.toContain(API_KEY_VALUE);
    return { exitCode, report: JSON.parse(stdout) };
  };

  it('passes all checks from the credentials to the secret', async () => {
    const { report } = await runDoctor({}, '--sample', 'image.jpeg');
    expect(report.checks.slice(0, 6)).toEqual([
      { check: 'identity', status: 'ok', detail: expect.stringMatching(/^arn:aws:iam::\d+:user\/operator$/) },
      { check: 'role', status: 'ok', detail: roles.listing },
      { check: 'bucket', status: 'ok', detail: 'partner-images' },
      { check: 'prefix', status: 'ok', detail: 's3://partner-images/partners/' },
      { check: 'sample', status: 'ok', detail: 'partners/image.jpeg, 19 bytes, image/jpeg' },
      { check: 'secret', status: 'ok', detail: 'images-api-global-dev--api-key' },
    ]);
  });

  it('lists the first image with the role', async () => {
    const { report } = await runDoctor({ LISTING: 'on' });
    expect(report.checks[7]).toEqual({
      check: 'listing',
      status: 'ok',
      detail: 'the first image is image.jpeg, 19 bytes',
    });
  });

  it('skips the listing if the role may not list the prefix', async () => {
    const { report } = await runDoctor({ LISTING: 'on', IMAGES_ROLE_ARN: roles.blind });
    expect(report.checks[7]).toEqual({
      check: 'listing',
      status: 'skipped',
      detail: 'needs the check prefix, which did not pass',
    });
  });

  const withoutCredentials = () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  };

  interface Case {
    readonly when: string;
    readonly check: string;
    readonly code: number;
    readonly before?: () => unknown;
    readonly env?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    readonly detail: RegExp;
  }

  const CASES: readonly Case[] = [
    {
      when: 'there are no credentials',
      check: 'identity',
      code: 10,
      before: withoutCredentials,
      detail: /^no AWS credentials were found/,
    },
    {
      when: 'the access key is unknown',
      check: 'identity',
      code: 10,
      before: () => vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAUNKNOWN'),
      detail: /^AWS rejected the credentials/,
    },
    {
      when: 'the role trusts another identity',
      check: 'role',
      code: 11,
      env: { IMAGES_ROLE_ARN: serviceRoles.distrusting },
      detail: /^the identity cannot assume .*role\/distrusting\. AWS says: /,
    },
    {
      when: 'the identity may not assume the role',
      check: 'role',
      code: 11,
      env: { IMAGES_ROLE_ARN: serviceRoles.withheld },
      detail:
        /^the identity cannot assume .*role\/withheld\. AWS says: User: .*operator is not authorized to perform: sts:AssumeRole/,
    },
    {
      when: 'the external id is wrong',
      check: 'role',
      code: 11,
      env: { IMAGES_ROLE_EXTERNAL_ID: 'another' },
      detail: /^the identity cannot assume .*role\/listing\. AWS says: /,
    },
    {
      when: 'the bucket does not exist',
      check: 'bucket',
      code: 12,
      env: { IMAGES_BUCKET: 'no-such-bucket' },
      detail: /^the bucket no-such-bucket does not exist$/,
    },
    {
      when: 'the prefix is denied',
      check: 'prefix',
      code: 13,
      env: { IMAGES_ROLE_ARN: roles.blind },
      detail: /^listing s3:\/\/partner-images\/partners\/ is denied\. AWS says: Access Denied$/,
    },
    {
      when: 'the images below the prefix are denied',
      check: 'sample',
      code: 14,
      env: { IMAGES_PREFIX: 'private' },
      args: ['--sample', 'image.jpeg'],
      detail: /^reading private\/image\.jpeg is denied\. AWS says: Access Denied$/,
    },
    {
      when: 'the sample is missing',
      check: 'sample',
      code: 14,
      args: ['--sample', 'missing.jpeg'],
      detail: /^the object partners\/missing\.jpeg does not exist$/,
    },
    {
      when: 'the secret is missing',
      check: 'secret',
      code: 15,
      env: { ENVIRONMENT: 'prod' },
      detail: /^the secret images-api-global-prod--api-key does not exist /,
    },
  ];

  it.each(CASES)('fails the check $check if $when', async ({ check, code, before, env, args = [], detail }) => {
    before?.();
    const { exitCode, report } = await runDoctor(env, ...args);
    expect([report.failed, report.exitCode, exitCode]).toEqual([check, code, code]);
    expect(report.checks.find((result: { check: string }) => result.check === check)).toEqual({
      check,
      status: 'failed',
      detail: expect.stringMatching(detail),
      fix: expect.any(String),
    });
  });

  it.skip('fails the check role if the external id is missing (left out: moto does not require one; see test/cli)');

  it.skip(
    'reads an image with a signed URL (left out: moto answers 500 to every one; test/cli has an S3 that checks them)',
  );

  it.skip('checks the usage plan (left out: moto needs more packages for it; see test/cli)');
});
