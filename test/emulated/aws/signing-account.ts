import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { resolveReferences, resourcesOf, synthesize } from '../../support/assembly.ts';
import type { Credentials } from './credentials.ts';
import { createRole, type RoleProperties } from './stack-roles.ts';

/** An account in ministack with a bucket of images, and with the role that our template gives to the function. */
export interface SigningAccount {
  readonly endpoint: string;
  readonly region: string;
  readonly id: string;
  /** All permissions. */
  readonly admin: Credentials;
  readonly bucket: string;
  /** The folder of the bucket that the role may read. */
  readonly prefix: string;
  /** ARN of the role of the function. */
  readonly role: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    signing: SigningAccount;
  }
}

/** Creates the account. ministack checks permissions, but allows everything to the credentials of an account. */
export const createSigningAccount = async (endpoint: string): Promise<SigningAccount> => {
  const id = '123456789012';
  // ministack reads the account from an access key of 12 digits.
  const admin = { accessKeyId: id, secretAccessKey: 'test' };
  const account = { endpoint, region: 'eu-central-1', credentials: admin } as const;
  const [bucket, prefix] = ['signed-images', 'partners'];
  const s3 = new S3Client(account);
  const options = { CreateBucketConfiguration: { LocationConstraint: account.region } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ...options }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'private/image.jpeg', Body: 'private' }));

  const templates = synthesize({
    environment: 'signing',
    environments: {
      signing: { account: id, bucket, prefix, listing: 'on', signedLocations: 'on', redirectAbove: 100_000 },
    },
  });
  const [found] = resourcesOf(templates.get('images-api-global-signing') ?? { Resources: {} }, 'AWS::IAM::Role');
  const properties = resolveReferences(found?.Properties, id) as RoleProperties;
  return { ...account, id, admin, bucket, prefix, role: await createRole(account, withPrincipal(properties, id)) };
};

/** Replaces the trust policy: only Lambda may assume the role, and no test runs in Lambda. */
const withPrincipal = (role: RoleProperties, account: string): RoleProperties => ({
  ...role,
  AssumeRolePolicyDocument: {
    ...role.AssumeRolePolicyDocument,
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
  },
});
