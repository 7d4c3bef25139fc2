import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketPolicy } from '../../infra/app/bucket-policy.ts';
import { readSettings } from '../../infra/app/settings.ts';
import { CDK_CONTEXT, resolveReferences, resourcesOf, synthesize } from '../support/assembly.ts';
import { type AccessRequest, isAllowed, type PolicyStatement } from '../support/policy-evaluator.ts';
import { VARIANTS } from '../support/template-variants.ts';

const SERVICE = '111111111111';
const PARTNER = '222222222222';
const OTHER = '333333333333';
const LAMBDA_ROLE = `arn:aws:iam::${SERVICE}:role/images-api-global-dev--lambda-role`;
const READER = `arn:aws:iam::${PARTNER}:role/partners/images-reader`;
const BULK_JOB = `arn:aws:iam::${OTHER}:role/bulk/job`;
const EXTERNAL_ID = 'partner-images';

const LOCATION = { environment: 'dev', 'dev.bucket': 'images', 'dev.prefix': 'a/b', 'dev.account': SERVICE };
const THEIR_BUCKET = { ...LOCATION, 'dev.bucketAccount': PARTNER, 'dev.readers': [BULK_JOB] };
const READER_ROLE = { ...THEIR_BUCKET, 'dev.readerRoleArn': READER, 'dev.externalId': EXTERNAL_ID };

/** The options of all templates that the project checks, and of each way in which settings change principals. */
const TEMPLATES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...VARIANTS,
  'a bucket policy': THEIR_BUCKET,
  'a reader role and readers': READER_ROLE,
  'a reader role without readers': { ...READER_ROLE, 'dev.readers': [] },
};

const printBucketPolicy = (options: Readonly<Record<string, unknown>>): readonly PolicyStatement[] => {
  const [settings] = readSettings({ ...CDK_CONTEXT, ...options }).environments;
  if (settings === undefined) throw new Error('cdk.json has no environment dev.');
  return bucketPolicy(settings) as readonly PolicyStatement[];
};

interface RoleProperties {
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly PolicyStatement[] };
  readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly PolicyStatement[] } }[];
}

/** The first role of a stack, with resolved references. */
const roleOf = (options: Readonly<Record<string, unknown>>, stack: string, account: string) => {
  const template = synthesize(options).get(stack);
  if (template === undefined) throw new Error(`There is no stack ${stack}.`);
  const { AssumeRolePolicyDocument, Policies = [] } = resolveReferences(
    resourcesOf(template, 'AWS::IAM::Role')[0]?.Properties,
    account,
  ) as RoleProperties;
  return {
    trust: AssumeRolePolicyDocument.Statement,
    permissions: Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
  };
};

/** Every statement with a principal in a template, wherever it is. */
const findStatements = (value: unknown): readonly PolicyStatement[] => {
  if (typeof value !== 'object' || value === null) return [];
  const nested = Object.values(value).flatMap(findStatements);
  return 'Principal' in value && 'Effect' in value ? [value as PolicyStatement, ...nested] : nested;
};

const principalsOf = ({ Principal }: PolicyStatement): readonly unknown[] =>
  typeof Principal === 'object' && Principal !== null && 'AWS' in Principal ? [Principal.AWS].flat() : [];

describe('no policy names a role as principal, because IAM would store the unique ID of that role', () => {
  const policies = [
    ...Object.entries(TEMPLATES).map(
      ([name, options]) =>
        [`the templates with ${name}`, () => findStatements([...synthesize(options).values()])] as const,
    ),
    ['the printed bucket policy', () => printBucketPolicy(THEIR_BUCKET)] as const,
  ];

  it.each(policies)('%s', (_, find) => {
    const statements = find();
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      for (const principal of principalsOf(statement)) {
        expect(principal).toMatch(/^(?:\*|arn:aws:iam::\d{12}:root)$/);
        if (principal !== '*') expect(statement.Condition).toHaveProperty(['ArnEquals', 'aws:PrincipalArn']);
      }
    }
  });

  it('and both ways into another account have such a statement', () => {
    const trust = findStatements([...synthesize({ ...READER_ROLE, 'dev.readers': [] }).values()]);
    expect(trust.flatMap(principalsOf)).toEqual([`arn:aws:iam::${SERVICE}:root`]);
    expect(printBucketPolicy(THEIR_BUCKET).flatMap(principalsOf)).toHaveLength(4);
  });
});

/** Callers that the reader role and the bucket policy must tell apart. */
const CALLERS: readonly (readonly [who: string, caller: string, isTrusted: boolean])[] = [
  ['the role of the functions', LAMBDA_ROLE, true],
  ['a role of readers', BULK_JOB, true],
  ['another role of the account of the functions', `arn:aws:iam::${SERVICE}:role/admin`, false],
  ['a role whose name begins like that of the functions', `${LAMBDA_ROLE}-2`, false],
  ['a role with the name of that of the functions, in a path', LAMBDA_ROLE.replace('role/', 'role/path/'), false],
  ['a role with the name of that of the functions, in another account', LAMBDA_ROLE.replace(SERVICE, OTHER), false],
  ['a role with the name of that of readers, in another account', BULK_JOB.replace(OTHER, SERVICE), false],
  ['another role of the account of readers', `arn:aws:iam::${OTHER}:role/admin`, false],
  ['a user with the name of the role', LAMBDA_ROLE.replace(':role/', ':user/'), false],
  ['the root user of the account of the functions', `arn:aws:iam::${SERVICE}:root`, false],
  ['a role of the account of the bucket', `arn:aws:iam::${PARTNER}:role/admin`, false],
];

describe('the trust policy of the reader role', () => {
  const { trust } = roleOf(READER_ROLE, 'images-api-reader-dev', PARTNER);
  const assume = (caller: string, externalId?: string): AccessRequest => ({
    caller,
    action: 'sts:AssumeRole',
    resource: READER,
    context: externalId === undefined ? {} : { 'sts:ExternalId': externalId },
  });

  it.each(CALLERS)('decides about %s', (_, caller, isTrusted) => {
    expect(isAllowed(trust, assume(caller, EXTERNAL_ID))).toBe(isTrusted);
  });

  it.each(CALLERS)('denies %s without the external ID', (_, caller) => {
    expect(isAllowed(trust, assume(caller))).toBe(false);
    expect(isAllowed(trust, assume(caller, ''))).toBe(false);
    expect(isAllowed(trust, assume(caller, `${EXTERNAL_ID}-2`))).toBe(false);
  });

  it('trusts only the role of the functions if no readers are configured', () => {
    const { trust: own } = roleOf({ ...READER_ROLE, 'dev.readers': [] }, 'images-api-reader-dev', PARTNER);
    const trusted = CALLERS.filter(([, caller]) => isAllowed(own, assume(caller, EXTERNAL_ID)));
    expect(trusted.map(([, caller]) => caller)).toEqual([LAMBDA_ROLE]);
  });

  it.each([
    [15, 90],
    [30, 45],
  ])('fits into the 2,048 characters of IAM with %i readers whose ARNs have %i characters', (count, length) => {
    const readers = Array.from({ length: count }, (_, index) =>
      `arn:aws:iam::${OTHER}:role/${index}`.padEnd(length, 'x'),
    );
    const { trust: long } = roleOf({ ...READER_ROLE, 'dev.readers': readers }, 'images-api-reader-dev', PARTNER);
    expect(JSON.stringify({ Version: '2012-10-17', Statement: long }).length).toBeLessThanOrEqual(2_048);
  });

  it('allows nothing else than sts:AssumeRole', () => {
    for (const action of ['sts:TagSession', 'sts:SetSourceIdentity', 'sts:AssumeRoleWithWebIdentity']) {
      expect(isAllowed(trust, { ...assume(LAMBDA_ROLE, EXTERNAL_ID), action })).toBe(false);
    }
  });
});

const BUCKET = 'arn:aws:s3:::images';

/** Reads an object. S3 answers 404 for a missing one if the caller also has `s3:ListBucket` with the key as `s3:prefix`. */
const requestsFor = (caller: string, key: string, bucket = BUCKET): readonly AccessRequest[] => [
  { caller, action: 's3:GetObject', resource: `${bucket}/${key}` },
  { caller, action: 's3:ListBucket', resource: bucket, context: { 's3:prefix': key } },
];

/** Policies that allow reading the images, each with the callers to whom it applies. */
const READING: readonly (readonly [
  policy: string,
  statements: readonly PolicyStatement[],
  callers: readonly string[],
])[] = [
  [
    'the policy of the role of the functions',
    roleOf(LOCATION, 'images-api-global-dev', SERVICE).permissions,
    [LAMBDA_ROLE],
  ],
  [
    'the policy of the role of the functions for a bucket with a bucket policy',
    roleOf(THEIR_BUCKET, 'images-api-global-dev', SERVICE).permissions,
    [LAMBDA_ROLE],
  ],
  ['the policy of the reader role', roleOf(READER_ROLE, 'images-api-reader-dev', PARTNER).permissions, [READER]],
  ['the printed bucket policy', printBucketPolicy(THEIR_BUCKET), [LAMBDA_ROLE, BULK_JOB]],
];

const KEYS = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string()).filter((key) => key !== '');

describe.each(READING)('%s', (_, statements, callers) => {
  it.each(callers)('allows %s to read every object below the prefix, and to get 404 for a missing one', (caller) => {
    fc.assert(
      fc.property(KEYS, (name) => {
        for (const request of requestsFor(caller, `a/b/${name}`)) expect(isAllowed(statements, request)).toBe(true);
      }),
    );
  });

  it.each(callers)('allows %s nothing outside the prefix, and nothing in another bucket', (caller) => {
    const outside = fc
      .oneof(KEYS, fc.constantFrom('a/b', 'a/bc/d', 'A/B/c', 'a/', '/a/b/c', 'a/c/b/'))
      .filter((key) => !key.startsWith('a/b/'));
    fc.assert(
      fc.property(outside, (key) => {
        const requests = [...requestsFor(caller, key), ...requestsFor(caller, `a/b/${key}`, 'arn:aws:s3:::images-2')];
        for (const request of requests) expect(isAllowed(statements, request)).toBe(false);
      }),
    );
  });

  it.each(callers)('does not allow %s to list without a prefix', (caller) => {
    expect(isAllowed(statements, { caller, action: 's3:ListBucket', resource: BUCKET })).toBe(false);
  });

  it.each(callers)('allows %s no other action', (caller) => {
    const others = ['s3:PutObject', 's3:DeleteObject', 's3:GetObjectVersion', 's3:GetObjectAcl', 's3:RestoreObject'];
    for (const action of [...others, 's3:ListBucketVersions', 's3:GetBucketPolicy', 'sts:AssumeRole', 'kms:Decrypt']) {
      for (const resource of [BUCKET, `${BUCKET}/a/b/c.jpeg`, READER]) {
        expect(isAllowed(statements, { caller, action, resource, context: { 's3:prefix': 'a/b/c.jpeg' } })).toBe(false);
      }
    }
  });
});

it('the policy of the role of the functions allows every object if no prefix is configured', () => {
  const { permissions } = roleOf({ ...LOCATION, 'dev.prefix': '' }, 'images-api-global-dev', SERVICE);
  fc.assert(
    fc.property(KEYS, (key) => {
      for (const request of requestsFor(LAMBDA_ROLE, key)) expect(isAllowed(permissions, request)).toBe(true);
    }),
  );
});

it.each(CALLERS)('the printed bucket policy decides about %s', (_, caller, isTrusted) => {
  const policy = printBucketPolicy(THEIR_BUCKET);
  for (const request of requestsFor(caller, 'a/b/c.jpeg')) expect(isAllowed(policy, request)).toBe(isTrusted);
});

it('the role of the functions may assume the reader role, no other role, and may read nothing itself', () => {
  const { permissions } = roleOf(READER_ROLE, 'images-api-global-dev', SERVICE);
  const assume = (resource: string) => ({ caller: LAMBDA_ROLE, action: 'sts:AssumeRole', resource });
  expect(isAllowed(permissions, assume(READER))).toBe(true);
  expect(isAllowed(permissions, assume(`${READER}-2`))).toBe(false);
  for (const request of requestsFor(LAMBDA_ROLE, 'a/b/c.jpeg')) expect(isAllowed(permissions, request)).toBe(false);
});
