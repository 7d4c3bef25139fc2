import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials } from './credentials.ts';
import { loadStackRoles, type StackRoles } from './stack-roles.ts';

/** Two AWS accounts: one runs the service, the other, of a partner, owns the images. */
export interface Accounts {
  readonly endpoint: string;
  readonly region: string;
  /** A user that may read the bucket `contract` and assume the roles below, except `withheld`. */
  readonly reader: Credentials;
  /** A user that may do everything in S3. */
  readonly writer: Credentials;
  readonly roles: {
    /** A role of the partner that may read `partners/` of the bucket `partner-images`. */
    readonly partner: string;
    /** A role of the partner that `reader` has no permission to assume. */
    readonly withheld: string;
    /** A role that trusts `reader` with the external id `contract-1`. */
    readonly trusting: string;
    /** A role that trusts another user. */
    readonly distrusting: string;
  };
  /** The roles of the stacks that we deploy. */
  readonly stacks: StackRoles;
  /** A user that has sts:AssumeRole on every role, but no role of the stacks trusts it. */
  readonly untrusted: Credentials;
}

declare module 'vitest' {
  export interface ProvidedContext {
    accounts: Accounts;
  }
}

/** Creates both accounts. This works only while moto does not check permissions. */
export const createAccounts = async (endpoint: string): Promise<Accounts> => {
  const admin = { endpoint, region: REGION, credentials: { accessKeyId: 'AKIAADMIN', secretAccessKey: 'any' } };
  const service = new IAMClient(admin);
  const partner = { ...admin, credentials: await enterAccount(new STSClient(admin), PARTNER) };

  const s3 = new S3Client(partner);
  await s3.send(createBucket('contract'));
  await s3.send(createBucket('partner-images'));
  for (const key of ['partners/image.jpeg', 'private/image.jpeg']) {
    const object = { Bucket: 'partner-images', Key: key, Body: key, ContentType: 'image/jpeg' };
    await s3.send(new PutObjectCommand(object));
  }

  const roles = {
    partner: await createRole(new IAMClient(partner), 'partner-images-reader', userArn('reader'), [
      allow('s3:GetObject', 'arn:aws:s3:::partner-images/partners/*'),
    ]),
    withheld: await createRole(new IAMClient(partner), 'withheld', userArn('reader'), [allow('s3:*', '*')]),
    trusting: await createRole(service, 'trusting', userArn('reader'), [
      allow('s3:GetObject', 'arn:aws:s3:::contract/*'),
    ]),
    distrusting: await createRole(service, 'distrusting', userArn('somebody-else'), [allow('s3:*', '*')]),
  };
  const assumable = [roles.partner, roles.trusting, roles.distrusting];
  const reader = await createUser(service, 'reader', [
    allow('s3:GetObject', 'arn:aws:s3:::contract/*'),
    allow('s3:ListBucket', 'arn:aws:s3:::contract'),
    ...assumable.map((role) => allow('sts:AssumeRole', role)),
  ]);
  const writer = await createUser(service, 'writer', [allow('s3:*', '*')]);
  const untrusted = await createUser(service, 'untrusted', [allow('sts:AssumeRole', '*')]);
  const stacks = await loadStackRoles(admin, partner, { service: SERVICE, partner: PARTNER });
  return { endpoint, region: REGION, reader, writer, roles, stacks, untrusted };
};

export const REGION = 'eu-central-1';
/** The account to which moto assigns every access key that it does not know. */
const SERVICE = '123456789012';
const PARTNER = '222222222222';
const EXTERNAL_ID = 'contract-1';

export const userArn = (name: string): string => `arn:aws:iam::${SERVICE}:user/${name}`;

/** Credentials for an account: those of a role in it. The role need not exist while moto does not check permissions. */
const enterAccount = async (sts: STSClient, account: string): Promise<Credentials> => {
  const request = { RoleArn: `arn:aws:iam::${account}:role/setup`, RoleSessionName: 'setup' };
  const { Credentials: issued } = await sts.send(new AssumeRoleCommand(request));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = issued ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
};

const createBucket = (name: string) =>
  new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: REGION } });

type Statement = Readonly<Record<string, unknown>>;

export const allow = (action: string, resource: string): Statement => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

const policy = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const createUser = async (
  iam: IAMClient,
  name: string,
  statements: readonly Statement[],
): Promise<Credentials> => {
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: name, PolicyDocument: policy(statements) }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
};

/** @returns the role's ARN. */
export const createRole = async (
  iam: IAMClient,
  name: string,
  trusted: string,
  statements: readonly Statement[],
): Promise<string> => {
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: trusted },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
  };
  const role = { RoleName: name, AssumeRolePolicyDocument: policy([trust]) };
  const { Role } = await iam.send(new CreateRoleCommand(role));
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: name, PolicyDocument: policy(statements) }));
  return Role?.Arn ?? '';
};
