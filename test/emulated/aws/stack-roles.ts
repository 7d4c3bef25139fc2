import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { lambdaRoleName } from '../../../src/settings/names.ts';
import { resolveReferences, resourcesOf, synthesize } from '../../support/assembly.ts';
import type { Credentials } from './credentials.ts';

/** Roles from the synthesized templates of our stacks, in two accounts. */
export interface StackRoles {
  /** The role of functions that read the bucket `own-images` themselves. */
  readonly direct: Credentials;
  /** The role of functions that assume `reader`. */
  readonly assuming: Credentials;
  /** The ARN of the role in the other account that reads the bucket `their-images`. */
  readonly reader: string;
  /** The same as `assuming`, for `trusting`. */
  readonly trusted: Credentials;
  /**
   * The ARN of a role like `reader`, but in the account of `trusted`, and with its session as principal: moto checks trust
   * policies only for roles in the account of the caller.
   */
  readonly trusting: string;
}

export interface Account {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

const PREFIX = 'partners';
const SESSION = 'images-api-stack';
export const EXTERNAL_ID = 'stack-roles';

/**
 * Creates the roles and their buckets.
 *
 * @param service client options with all permissions in the account of the service.
 * @param partner client options with all permissions in the account of the partner.
 * @param ids the ids of both accounts.
 */
export const loadStackRoles = async (
  service: Account,
  partner: Account,
  ids: { readonly service: string; readonly partner: string },
): Promise<StackRoles> => {
  const reader = `arn:aws:iam::${ids.partner}:role/readers/images-reader`;
  const crossAccount = {
    account: ids.service,
    bucket: 'their-images',
    prefix: PREFIX,
    bucketAccount: ids.partner,
    readerRoleArn: reader,
    externalId: EXTERNAL_ID,
  };
  const templates = synthesize({
    environment: 'direct,assuming,trusted',
    environments: {
      direct: { account: ids.service, bucket: 'own-images', prefix: PREFIX },
      assuming: crossAccount,
      trusted: { ...crossAccount, readerRoleArn: reader.replace('images-reader', 'trusting-reader') },
    },
  });
  const roleOf = (stack: string, adapt = (text: string) => text): RoleProperties => {
    const template = JSON.parse(adapt(JSON.stringify(templates.get(stack))));
    const [role] = resourcesOf(template, 'AWS::IAM::Role');
    return resolveReferences(role?.Properties, ids.service) as RoleProperties;
  };
  const inOneAccount = (text: string) => text.replaceAll(ids.partner, ids.service);
  const session = `arn:aws:sts::${ids.service}:assumed-role/${lambdaRoleName('trusted')}/${SESSION}`;

  await fillBucket(service, 'own-images');
  await fillBucket(partner, 'their-images');
  await fillBucket(partner, 'other-images');
  return {
    direct: await enter(service, await createRole(service, roleOf('images-api-global-direct'))),
    assuming: await enter(service, await createRole(service, roleOf('images-api-global-assuming'))),
    reader: await createRole(partner, roleOf('images-api-reader-assuming')),
    trusted: await enter(service, await createRole(service, roleOf('images-api-global-trusted', inOneAccount))),
    trusting: await createRole(
      service,
      withSessionAsPrincipal(roleOf('images-api-reader-trusted', inOneAccount), session),
    ),
  };
};

/** The properties of a role in a template. */
export interface RoleProperties {
  readonly RoleName: string;
  readonly Path?: string;
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly Readonly<Record<string, unknown>>[] };
  readonly Policies: readonly { readonly PolicyName: string; readonly PolicyDocument: unknown }[];
}

/**
 * Replaces the principals of a trust policy, because moto denies every account that is a principal, and ignores `aws:PrincipalArn`.
 * The principal becomes the ARN of one session, which is what moto compares. Only the external ID stays as in the template;
 * test/infra/trust.test.ts decides about the rest.
 */
const withSessionAsPrincipal = ({ AssumeRolePolicyDocument, ...role }: RoleProperties, session: string) => ({
  ...role,
  AssumeRolePolicyDocument: {
    ...AssumeRolePolicyDocument,
    Statement: AssumeRolePolicyDocument.Statement.map((statement) => ({ ...statement, Principal: { AWS: session } })),
  },
});

/** @returns the ARN of the role. */
export const createRole = async (account: Account, { Policies, ...role }: RoleProperties): Promise<string> => {
  const iam = new IAMClient(account);
  const { RoleName, Path = '/' } = role;
  const trust = JSON.stringify(role.AssumeRolePolicyDocument);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: trust }));
  for (const { PolicyName, PolicyDocument } of Policies) {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) }));
  }
  return Role?.Arn ?? '';
};

const fillBucket = async (account: Account, bucket: string): Promise<void> => {
  const s3 = new S3Client(account);
  const options = { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ...options }));
  for (const key of [`${PREFIX}/image.jpeg`, `${PREFIX}-private/image.jpeg`, 'image.jpeg']) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key, ContentType: 'image/jpeg' }));
  }
};

/** Assumes the role of a function. Only Lambda may do this, but moto does not check permissions yet. */
const enter = async (account: Account, role: string): Promise<Credentials> => {
  const { Credentials: issued } = await new STSClient(account).send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: SESSION }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = issued ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
};
