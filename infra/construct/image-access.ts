import { Aws, Token, Validations } from 'aws-cdk-lib';
import { PolicyStatement, PrincipalBase, PrincipalPolicyFragment, type Role } from 'aws-cdk-lib/aws-iam';

/** Location of the images in S3. */
export interface ImageLocation {
  readonly bucket: string;
  /** A folder, with or without a trailing slash; empty for the whole bucket. */
  readonly prefix: string;
  /** Customer-managed key that encrypts the bucket, if there is one. */
  readonly kmsKeyArn?: string | undefined;
}

/**
 * Statements that allow reading the images, and nothing else. With `s3:ListBucket`, S3 answers 404 for a missing image;
 * without it, S3 answers 403. S3 evaluates `s3:prefix` with the key of the object, so the condition does not change that.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 * https://github.com/ceph/ceph/pull/68577
 */
export const readImages = (
  { bucket, prefix, kmsKeyArn }: ImageLocation,
  partition: string = Aws.PARTITION,
): PolicyStatement[] => {
  const keys = keysBelow(prefix);
  const statements = [
    new PolicyStatement({
      sid: 'S3AccessImagesAccount',
      actions: ['s3:GetObject'],
      resources: [`arn:${partition}:s3:::${bucket}/${keys}`],
    }),
    new PolicyStatement({
      sid: 'S3ListImagesAccount',
      actions: ['s3:ListBucket'],
      resources: [`arn:${partition}:s3:::${bucket}`],
      ...(prefix === '' ? {} : { conditions: { StringLike: { 's3:prefix': keys } } }),
    }),
  ];
  if (kmsKeyArn === undefined) return statements;
  return [
    ...statements,
    new PolicyStatement({ sid: 'DecryptImages', actions: ['kms:Decrypt'], resources: [kmsKeyArn] }),
  ];
};

/**
 * Any of these roles, and no other caller. IAM stores a role that is itself the principal by its unique ID, so a policy would
 * not match a role that was deleted and created again. Therefore the accounts are the principals, and a condition compares
 * the ARN.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
export class RolesByArn extends PrincipalBase {
  readonly policyFragment: PrincipalPolicyFragment;

  constructor(roleArns: readonly string[]) {
    super();
    const accounts = new Set(roleArns.map((arn) => arn.replace(/:role\/.*$/, ':root')));
    this.policyFragment = new PrincipalPolicyFragment(
      { AWS: [...accounts] },
      { ArnEquals: { 'aws:PrincipalArn': [...roleArns] } },
    );
  }

  dedupeString(): undefined {
    return undefined;
  }
}

/** Tells cdk-nag why the policy of a role has a wildcard. */
export const acknowledgeReading = (role: Role, { bucket, prefix }: ImageLocation): void => {
  // An acknowledgement needs the text of the wildcard, which does not exist yet if CloudFormation names the bucket.
  if (Token.isUnresolved(bucket)) return;
  Validations.of(role).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucket}/${keysBelow(prefix)}]`,
    reason: 'The role reads every object below the prefix, and no other objects.',
  });
};

const keysBelow = (prefix: string): string => (prefix === '' ? '*' : `${prefix.replace(/\/$/, '')}/*`);
