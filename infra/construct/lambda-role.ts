import { Aws, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, type RoleProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeReading, type ImagePlace, readImages } from './image-access.ts';

export interface LambdaRoleProps extends Pick<RoleProps, 'roleName'> {
  readonly images: ImagePlace;
  /** The role that reads the images; without one this role does. */
  readonly readerRoleArn?: string | undefined;
  /** The log groups that the functions write to: a name, or the beginning of several and a `*`. */
  readonly logGroups: string;
}

/** What a function runs as: it may write its logs and traces, and read the images or assume the one role that does. */
export class LambdaRole extends Role {
  constructor(scope: Construct, id: string, { images, readerRoleArn, logGroups, ...props }: LambdaRoleProps) {
    const logs = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logGroups}:*`;
    super(scope, id, {
      ...props,
      description: 'Functions of images-api',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        logs: new PolicyDocument({
          statements: [
            // The groups are made by the stacks that have the functions, with an end to what they keep.
            new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs] }),
            new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
          ],
        }),
        images: new PolicyDocument({
          statements:
            readerRoleArn === undefined
              ? readImages(images)
              : [new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [readerRoleArn] })],
        }),
      },
    });
    Validations.of(this).acknowledge(
      { id: `${IAM5}[Resource::*]`, reason: 'The actions of X-Ray that write traces know no resources.' },
      {
        id: `${IAM5}[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:${logGroups}:*]`,
        reason: 'A function makes a log stream in its group for each of its containers.',
      },
    );
    if (readerRoleArn === undefined) acknowledgeReading(this, images);
  }
}

const IAM5 = 'AwsSolutions::AwsSolutions-IAM5';
