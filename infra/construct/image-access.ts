import { Aws, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

/** Where the images are. */
export interface ImagePlace {
  readonly bucket: string;
  /** With or without its trailing slash; empty for all of the bucket. */
  readonly prefix: string;
  /** The customer-managed key that the bucket is encrypted with, if it is. */
  readonly kmsKeyArn?: string | undefined;
}

/**
 * What reading the images takes, and no more. With `s3:ListBucket` S3 says of an image that it is missing; without, it
 * only refuses it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const readImages = (
  { bucket, prefix, kmsKeyArn }: ImagePlace,
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

/** For cdk-nag: why the policy of a role has a wildcard. */
export const acknowledgeReading = (role: Role, { bucket, prefix }: ImagePlace): void =>
  Validations.of(role).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucket}/${keysBelow(prefix)}]`,
    reason: 'The service reads every image below its prefix, and nothing else.',
  });

const keysBelow = (prefix: string): string => (prefix === '' ? '*' : `${prefix.replace(/\/$/, '')}/*`);
