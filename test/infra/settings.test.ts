import { describe, expect, it } from 'vitest';
import { readSettings } from '../../infra/app/settings.ts';
import { SettingsError } from '../../src/settings/setting.ts';
import { CDK_CONTEXT } from '../support/assembly.ts';
import { CUSTOM_DOMAIN, PRIVATE, PROTECTED } from '../support/template-variants.ts';

const faultsOf = (options: Readonly<Record<string, unknown>>): readonly string[] => {
  try {
    readSettings({ ...CDK_CONTEXT, ...options });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
};

const CROSS_ACCOUNT = {
  'dev.account': '111111111111',
  'dev.bucketAccount': '222222222222',
  'dev.readerRoleArn': 'arn:aws:iam::222222222222:role/images-reader',
  'dev.externalId': 'partner-images',
};

describe('readSettings', () => {
  it('reads the environments of cdk.json', () => {
    const { environments, leftOut, engineers } = readSettings({ ...CDK_CONTEXT, 'prod.protect': false });
    expect(environments.map(({ environment }) => environment)).toEqual(['dev', 'prod']);
    expect(leftOut).toEqual([]);
    expect(engineers).toEqual([]);
  });

  it('selects one environment with -c environment', () => {
    const { environments, leftOut } = readSettings({ ...CDK_CONTEXT, ...PROTECTED });
    expect(environments.map(({ environment }) => environment)).toEqual(['prod']);
    expect(leftOut).toEqual([]);
  });

  it('leaves out a protected environment that -c environment does not name', () => {
    const { environments, leftOut } = readSettings(CDK_CONTEXT);
    expect(environments.map(({ environment }) => environment)).toEqual(['dev']);
    expect(leftOut).toEqual(['prod']);
  });

  it('protects every environment except dev by default', () => {
    const read = (options: object) => readSettings({ ...CDK_CONTEXT, ...options }).environments[0]?.protect;
    expect(read({ environment: 'dev' })).toBe(false);
    expect(read(PROTECTED)).toBe(true);
    expect(read({ ...PROTECTED, 'prod.protect': 'false' })).toBe(false);
    expect(read({ environment: 'dev', 'dev.protect': 'true', 'dev.account': '111111111111' })).toBe(true);
  });

  it('overrides values of cdk.json with -c, as text or as JSON', () => {
    const [dev, prod] = readSettings({
      ...CDK_CONTEXT,
      'dev.bucket': 'other-bucket',
      'dev.account': '000000000001',
      'dev.keyGenerations': '["a","b"]',
      'dev.operations': 'false',
      'dev.quota': '{"limit":10,"period":"WEEK"}',
      'prod.protect': 'false',
    }).environments;
    expect(dev).toMatchObject({
      bucket: 'other-bucket',
      account: '000000000001',
      keyGenerations: ['a', 'b'],
      operations: false,
      quota: { limit: 10, period: 'WEEK' },
    });
    expect(prod).toMatchObject({ bucket: 'images-api-prod', keyGenerations: ['a'], operations: true });
  });

  it.each([
    ['memory', 2048],
    ['storeConnectTimeoutMs', 1],
    ['storeFirstByteTimeoutMs', 2],
    ['storeIdleTimeoutMs', 3],
    ['storeResumeBudgetMs', 4],
    ['clientIdleTimeoutMs', 5],
    ['answerTimeoutMs', 999_999],
  ] as const)('reads %s from a number in cdk.json and from text after -c', (name, value) => {
    for (const given of [value, String(value)]) {
      expect(readSettings({ ...CDK_CONTEXT, [`dev.${name}`]: given }).environments[0]?.[name]).toBe(value);
    }
  });

  it('reads origins from a list in cdk.json, and from JSON or text after -c', () => {
    const origins = ['https://a.example', 'https://b.example'];
    for (const given of [origins, JSON.stringify(origins), origins.join(',')]) {
      expect(readSettings({ ...CDK_CONTEXT, 'dev.corsOrigins': given }).environments[0]?.corsOrigins).toEqual(origins);
    }
  });

  it('accepts a reader role in the account of the bucket', () => {
    expect(faultsOf(CROSS_ACCOUNT)).toEqual([]);
  });

  it('accepts readers of a bucket in another account, with and without a reader role', () => {
    const readers = { 'dev.readers': '["arn:aws:iam::333333333333:role/bulk/job"]' };
    expect(faultsOf({ ...CROSS_ACCOUNT, ...readers })).toEqual([]);
    expect(faultsOf({ 'dev.account': '111111111111', 'dev.bucketAccount': '222222222222', ...readers })).toEqual([]);
  });

  it('accepts several engineers', () => {
    expect(readSettings({ ...CDK_CONTEXT, owner: 'alice, bob' }).engineers).toEqual(['alice', 'bob']);
  });

  it('throws one error with a line for every fault', () => {
    const options = {
      owner: 'Alice,alice',
      bucket: 'images',
      'qa.bucket': 'images',
      'dev.bukket': 'images',
      'dev.bucket': 'X',
      'dev.account': '42',
      'dev.mapping': '{"routes":[{"path":"{id","key":"{id}"}]}',
      'prod.keyGenerations': '["a","a"]',
    };
    expect(() => readSettings({ ...CDK_CONTEXT, ...options })).toThrow(
      expect.objectContaining({
        message: [
          'The configuration cannot be used:',
          '- bucket: the environment is missing; write -c dev.bucket=…',
          '- qa.bucket: "qa" is not an environment of cdk.json; write dev or prod',
          `- dev.bukket: unknown setting; remove it, or write one of ${readNames()}`,
          '- dev.bucket: expected the name of a bucket: 3 to 63 characters of a-z, 0-9, - and .',
          '- dev.account: expected the 12 digits of an account id, in quotes',
          '- dev.mapping: route 1, path, column 1: a "{" is never closed; close it with }, or write {{ for a literal brace',
          '- prod.keyGenerations: "a" is listed more than once in keyGenerations and retiringKeyGenerations; keep one of the entries',
          '- owner: expected a lower-case letter and up to 23 lower-case letters, digits and single hyphens, found "Alice"; write alice',
          '- owner: "Alice" and "alice" would share a stack; choose two different names',
        ].join('\n'),
      }),
    );
  });

  it.each([
    [{ environment: 'qa' }, 'environment: "qa" is not an environment of cdk.json; write dev or prod'],
    [
      { environments: {} },
      'environments: none found; write at least one into the context of cdk.json, such as {"dev": {"bucket": "…"}}',
    ],
    [
      { environments: { dev: { owners: true } } },
      'dev.bucket: expected the name of a bucket: 3 to 63 characters of a-z, 0-9, - and .',
    ],
    [
      { environments: { 'dev-x': { bucket: 'images' } } },
      'dev-x: expected the name of an environment: a lower-case letter and up to 15 lower-case letters or digits',
    ],
    [
      { environments: { global: { bucket: 'images' } } },
      'global: this name is reserved, because other stacks use it; choose another name, such as dev',
    ],
    [
      { environments: { reader: { bucket: 'images' } } },
      'reader: this name is reserved, because other stacks use it; choose another name, such as dev',
    ],
    [
      { owner: 'alice', ...PROTECTED },
      'owner: engineers may not have stacks in prod; set "owners": true in cdk.json, or leave out -c owner',
    ],
    [
      { owner: '' },
      'owner: expected a lower-case letter and up to 23 lower-case letters, digits and single hyphens, found ""; choose a short name such as alice',
    ],
    [
      { owner: 'a.smith@example.com' },
      'owner: expected a lower-case letter and up to 23 lower-case letters, digits and single hyphens, found "a.smith@example.com"; write a-smith-example-com',
    ],
    [
      { owner: 'a'.repeat(25) },
      `owner: expected a lower-case letter and up to 23 lower-case letters, digits and single hyphens, found "${'a'.repeat(25)}"; choose a short name such as alice`,
    ],
    [{ 'dev.region': 'Frankfurt' }, 'dev.region: expected a region such as eu-central-1'],
    [
      { 'dev.prefix': 'images/*' },
      'dev.prefix: expected a folder without *, ? and $, which are wildcards and variables in IAM policies; choose another folder',
    ],
    [
      { 'dev.prefix': 'a//b' },
      'dev.prefix: prefix "a//b": it has an empty segment (number 2): remove the extra slash; write a folder, such as "images/partners"',
    ],
    [{ 'dev.mapping': '[]' }, 'dev.mapping: expected {"routes": [{"path": "…", "key": "…"}]}'],
    [{ 'dev.mapping': 'not JSON' }, expect.stringMatching(/^dev\.mapping: expected JSON; /)],
    [{ 'dev.mapping': '{' }, expect.stringMatching(/^dev\.mapping: expected JSON; /)],
    [{ 'dev.mapping': '{"routes":[],"prefix":"x"}' }, expect.stringMatching(/^dev\.mapping: expected \{"routes"/)],
    [
      { 'dev.mapping': '{"routes":[{"path":"{id}","key":"x"}]}' },
      'dev.mapping: route 1, key, column 1: it drops {id}, so several paths would share one object; use {id} in the key, or set "lossy": true',
    ],
    [{ 'dev.responseMode': 'fast' }, 'dev.responseMode: expected stream or buffered'],
    [
      { 'dev.corsOrigins': '["app.example.com"]' },
      'dev.corsOrigins: expected origins such as https://app.example.com, separated by commas, or *',
    ],
    [
      { 'dev.corsOrigins': '["*","https://app.example.com"]' },
      'dev.corsOrigins: expected * alone, because * allows every origin; remove the other origins, or remove *',
    ],
    [
      { 'dev.corsOrigins': '["https://App.example.com:443/"]' },
      'dev.corsOrigins: expected an origin as browsers send it; write https://app.example.com instead of https://App.example.com:443/',
    ],
    [{ 'dev.logRetentionDays': '31' }, expect.stringMatching(/^dev\.logRetentionDays: expected one of 1, 3, 5, 7, /)],
    [
      { 'dev.throttle': '{"rateLimit":0,"burstLimit":1}' },
      'dev.throttle.rateLimit: expected requests per second: a whole number from 1',
    ],
    [{ 'dev.quota': '{"limit":1,"period":"YEAR"}' }, 'dev.quota.period: expected DAY, WEEK or MONTH'],
    [{ 'dev.keyGenerations': '[]' }, 'dev.keyGenerations: expected at least one generation, such as ["a"]'],
    [
      { 'dev.retiringKeyGenerations': '["a"]' },
      'dev.keyGenerations: "a" is listed more than once in keyGenerations and retiringKeyGenerations; keep one of the entries',
    ],
    [
      { 'dev.alarmTopicArn': 'topic' },
      'dev.alarmTopicArn: expected the ARN of an SNS topic: arn:aws:sns:eu-central-1:123456789012:name',
    ],
    [
      { 'dev.reservedConcurrency': '0' },
      'dev.reservedConcurrency: expected concurrent executions: a whole number from 1',
    ],
    [{ 'dev.concurrencyAlarm': 'many' }, 'dev.concurrencyAlarm: expected concurrent executions: a whole number from 1'],
    [
      { 'dev.logLevel': 'silent' },
      'dev.logLevel: silent writes no lines, so alarms and dashboard would see nothing; write fatal, or set operations to false',
    ],
    [
      { 'dev.kmsKeyArn': 'alias/images' },
      'dev.kmsKeyArn: expected the ARN of a KMS key, not of an alias: arn:aws:kms:eu-central-1:123456789012:key/…',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.readerRoleArn': 'reader' },
      'dev.readerRoleArn: expected the ARN of a role: arn:aws:iam::123456789012:role/name',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.account': undefined },
      'dev.account: missing, but the reader role trusts the role of the function by its ARN; write the account ID of the stacks, 12 digits in quotes',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.externalId': undefined },
      'dev.externalId: missing, but the trust policy of the reader role requires one; write an external ID such as "partner-images"',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.readerRoleArn': undefined },
      'dev.externalId: is set without readerRoleArn; set readerRoleArn, or remove externalId',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.bucketAccount': '333333333333' },
      'dev.readerRoleArn: the role is not in 333333333333, the account of the bucket; write the ARN of a role in that account, or correct bucketAccount',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.bucketAccount': '111111111111' },
      expect.stringContaining(
        'dev.readerRoleArn: not needed, because the bucket is in the account of the stacks; remove readerRoleArn',
      ),
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.bucketAccount': undefined },
      expect.stringContaining(
        'dev.readerRoleArn: not needed, because the bucket is in the account of the stacks; remove readerRoleArn',
      ),
    ],
    [
      { 'dev.readers': '["arn:aws:iam::333333333333:role/bulk-job"]' },
      'dev.readers: has no effect, because the bucket is in the account of the stacks; remove readers, or set bucketAccount to the account that owns the bucket',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.readers': '["arn:aws:iam::333333333333:user/bulk-job"]' },
      'dev.readers.0: expected the ARN of a role: arn:aws:iam::123456789012:role/name',
    ],
    [
      { ...CROSS_ACCOUNT, 'dev.readers': 'arn:aws:iam::333333333333:role/bulk-job' },
      'dev.readers: expected a list such as ["arn:aws:iam::123456789012:role/bulk-job"], or []',
    ],
    [{ 'dev.bucketRegion': 'Ireland' }, 'dev.bucketRegion: expected a region such as eu-central-1'],
    [{ 'dev.requesterPays': 'yes' }, 'dev.requesterPays: expected true or false'],
    [
      { 'dev.bucket': 'images-4b7c2s3kx9fqa8d1-s3alias' },
      'dev.bucket: expected the name of a bucket, found the alias of an access point, which policies must name by its ARN; write the name of the bucket behind it',
    ],
    [
      { environment: 'prod' },
      'prod.account: missing, but a protected environment needs it; write the account ID of the stacks, 12 digits in quotes, or set "protect": false',
    ],
    [{ 'dev.endpoint': 'edge' }, 'dev.endpoint: expected regional or private'],
    [
      { ...PRIVATE, 'dev.vpcEndpointIds': '["vpce-0123456789abcdef0","vpce-0123456789abcdef0"]' },
      'dev.vpcEndpointIds: lists vpce-0123456789abcdef0 more than once; keep one of the entries',
    ],
    [
      { ...CUSTOM_DOMAIN, 'dev.region': 'eu-west-1' },
      'dev.certificateArn: is in eu-central-1, but the stacks are in eu-west-1; write the ARN of one in eu-west-1',
    ],
    [
      { ...CUSTOM_DOMAIN, 'dev.account': '222222222222' },
      'dev.certificateArn: is in the account 111111111111, but the stacks are in 222222222222; write the ARN of one in 222222222222',
    ],
    [
      { 'dev.alarmTopicArn': 'arn:aws:sns:us-east-1:111111111111:alarms', 'dev.region': 'eu-west-1' },
      'dev.alarmTopicArn: is in us-east-1, but the stacks are in eu-west-1; write the ARN of one in eu-west-1',
    ],
    [
      { ...PRIVATE, 'dev.vpcEndpointIds': undefined },
      'dev.vpcEndpointIds: missing, but a private API is reached only through VPC endpoints; list the IDs of the endpoints for execute-api, such as ["vpce-0123456789abcdef0"]',
    ],
    [
      { ...PRIVATE, 'dev.endpoint': undefined },
      'dev.vpcEndpointIds: have no effect without "endpoint": "private"; set it, or remove vpcEndpointIds',
    ],
    [
      { ...PRIVATE, 'dev.vpcEndpointIds': '["vpc-1"]' },
      'dev.vpcEndpointIds.0: expected the ID of a VPC endpoint: vpce-0123456789abcdef0',
    ],
    [
      { ...CUSTOM_DOMAIN, ...PRIVATE },
      'dev.domainName: names a public domain, but a private API has none; remove domainName, or set "endpoint": "regional"',
    ],
    [
      { ...CUSTOM_DOMAIN, 'dev.certificateArn': undefined },
      'dev.certificateArn: missing, but domainName needs a certificate; write the ARN of one in the region of the stacks',
    ],
    [
      { ...CUSTOM_DOMAIN, 'dev.domainName': undefined },
      'dev.certificateArn: has no effect without domainName; set domainName, or remove certificateArn',
    ],
    [
      { 'dev.hostedZoneId': 'Z0123456789ABCDEFGHIJ' },
      'dev.hostedZoneId: has no effect without domainName; set domainName, or remove hostedZoneId',
    ],
    [
      { ...CUSTOM_DOMAIN, 'dev.domainName': 'Images.example.com' },
      'dev.domainName: expected a domain name in lower case, such as images.example.com',
    ],
    [
      { 'dev.allowedCidrs': '["10.0.0.0/33"]' },
      'dev.allowedCidrs: expected address ranges such as 10.0.0.0/8 or 2001:db8::/32, found "10.0.0.0/33"; correct it',
    ],
    [
      { 'dev.allowedCidrs': '["10.0.0.0"]' },
      'dev.allowedCidrs: expected address ranges such as 10.0.0.0/8 or 2001:db8::/32, found "10.0.0.0"; correct it',
    ],
    [{ 'dev.allowedCidrs': '10.0.0.0/8' }, 'dev.allowedCidrs: expected a list such as ["10.0.0.0/8"]'],
    [
      { 'dev.vpc': '{"subnetIds":["subnet-0123456789abcdef0"],"securityGroupIds":[]}' },
      'dev.vpc.securityGroupIds: expected a list such as ["sg-0123456789abcdef0"]',
    ],
    [
      { 'dev.vpc': '{"subnetIds":["subnet-0123456789abcdef0"]}' },
      'dev.vpc.securityGroupIds: expected a list such as ["sg-0123456789abcdef0"]',
    ],
    [
      { 'dev.webAclArn': 'acl' },
      'dev.webAclArn: expected the ARN of a regional web ACL: arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/name/…',
    ],
    [
      { 'dev.securityPolicy': 'TLS_1_1' },
      'dev.securityPolicy: expected TLS_1_0, TLS_1_2 or a name such as SecurityPolicy_TLS13_1_3_2025_09',
    ],
    [{ 'dev.bucketAccount': 222222222222 }, 'dev.bucketAccount: expected the 12 digits of an account id, in quotes'],
    [{ 'dev.bucketAccount': 42 }, 'dev.bucketAccount: expected the 12 digits of an account id'],
    [{ 'dev.memory': '127' }, 'dev.memory: expected whole megabytes from 128 to 10240'],
    [{ 'dev.memory': null }, 'dev.memory: expected whole megabytes from 128 to 10240'],
    [{ 'dev.memory': 10241 }, 'dev.memory: expected whole megabytes from 128 to 10240'],
    [{ 'dev.memory': '1.5' }, 'dev.memory: expected whole megabytes from 128 to 10240'],
    [
      { 'dev.storeConnectTimeoutMs': '0' },
      'dev.storeConnectTimeoutMs: expected milliseconds: a whole number from 1 to 999999',
    ],
    [{ 'dev.answerTimeoutMs': 1.5 }, 'dev.answerTimeoutMs: expected milliseconds: a whole number from 1 to 999999'],
    [{ 'dev.cacheControl': '' }, 'dev.cacheControl: expected the value of a Cache-Control header'],
    [{ 'dev.externalId': '' }, 'dev.externalId: expected 2 to 1,224 letters, digits and +=,.@:/-_'],
  ])('rejects %j', (options, fault) => {
    expect(faultsOf(options)).toEqual([fault]);
  });

  it('accepts variables of 4096 bytes and rejects 4097', () => {
    const variables = {
      IMAGES_PREFIX: '',
      LOG_LEVEL: 'info',
      ENVIRONMENT: 'dev',
      IMAGES_BUCKET: 'images-api-dev',
      IMAGES_BUCKET_OWNER: '111111111111',
      CACHE_CONTROL: '',
    };
    const left = 4096 - JSON.stringify(variables).length;
    expect(faultsOf({ 'dev.cacheControl': 'x'.repeat(left) })).toEqual([]);
    expect(faultsOf({ 'dev.cacheControl': 'x'.repeat(left + 1) })).toEqual([
      'dev.cacheControl: the variables of the function are 4097 bytes of JSON, but Lambda allows 4096; shorten this setting, which is the longest',
    ]);
  });

  it('rejects two names of engineers that would share a stack', () => {
    expect(faultsOf({ owner: 'alice,a.lice,a-lice' })).toContain(
      'owner: "a.lice" and "a-lice" would share a stack; choose two different names',
    );
  });
});

const readNames = (): string =>
  'bucket, prefix, mapping, bucketAccount, bucketRegion, requesterPays, readerRoleArn, externalId, cacheControl, corsOrigins, listing, signedLocations, redirectAbove, logLevel, ' +
  'storeConnectTimeoutMs, storeFirstByteTimeoutMs, storeIdleTimeoutMs, storeResumeBudgetMs, clientIdleTimeoutMs, ' +
  'answerTimeoutMs, kmsKeyArn, responseMode, memory, logRetentionDays, tracing, throttle, quota, keyGenerations, ' +
  'retiringKeyGenerations, owners, operations, alarmTopicArn, endpoint, vpcEndpointIds, allowedCidrs, webAclArn, ' +
  'domainName, certificateArn, hostedZoneId, securityPolicy, vpc, protect, account, region, ' +
  'reservedConcurrency, concurrencyAlarm, cloudWatchRole, readers';
