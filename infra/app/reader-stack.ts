import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeReading, type ImageLocation, RolesByArn, readImages } from '../construct/image-access.ts';

export interface Reader {
  readonly environment: string;
  readonly images: ImageLocation;
  readonly roleArn: string;
  /** ARNs of the only roles that may assume the reader role. They need not exist yet. */
  readonly trustedRoleArns: readonly string[];
  /** External ID that the trusted roles must send. */
  readonly externalId: string;
}

/** The reader role, in the account of the bucket. It is deployed with the credentials of that account. */
export class ReaderStack extends Stack {
  constructor(scope: Construct, id: string, { environment, images, ...reader }: Reader, props: StackProps) {
    super(scope, id, { description: `images-api: reader role of ${environment}`, ...props });
    const [, path = '/', roleName = ''] = /role(\/(?:.*\/)?)(.*)$/.exec(reader.roleArn) ?? [];
    const role = new Role(this, 'ReaderRole', {
      roleName,
      path,
      description: `Reads the images of images-api ${environment}`,
      assumedBy: new RolesByArn(reader.trustedRoleArns),
      externalIds: [reader.externalId],
      inlinePolicies: { images: new PolicyDocument({ statements: readImages(images) }) },
    });
    acknowledgeReading(role, images);
    new CfnOutput(this, 'ReaderRoleArn', { value: role.roleArn });
  }
}
