import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { ArnPrincipal, PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeReading, type ImagePlace, readImages } from '../construct/image-access.ts';

export interface Reader {
  readonly environment: string;
  readonly images: ImagePlace;
  readonly roleArn: string;
  /** The one role that may assume it, and what it has to say. */
  readonly trustedRoleArn: string;
  readonly externalId: string;
}

/** The role that reads the images, in the account that has them; deployed with the credentials of that account. */
export class ReaderStack extends Stack {
  constructor(scope: Construct, id: string, { environment, images, ...reader }: Reader, props: StackProps) {
    super(scope, id, { description: `images-api: the role that reads the images of ${environment}`, ...props });
    const [, path = '/', roleName = ''] = /role(\/(?:.*\/)?)(.*)$/.exec(reader.roleArn) ?? [];
    const role = new Role(this, 'ReaderRole', {
      roleName,
      path,
      description: `Reads the images of images-api ${environment}`,
      assumedBy: new ArnPrincipal(reader.trustedRoleArn),
      externalIds: [reader.externalId],
      inlinePolicies: { images: new PolicyDocument({ statements: readImages(images) }) },
    });
    acknowledgeReading(role, images);
    new CfnOutput(this, 'ReaderRoleArn', { value: role.roleArn });
  }
}
