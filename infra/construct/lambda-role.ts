import { Aws, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, type RoleProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeReading, type ImageLocation, readImages } from './image-access.ts';

export interface LambdaRoleProps extends Pick<RoleProps, 'roleName'> {
  readonly images: ImageLocation;
  /** ARN of the reader role. Default: none, and this role reads the images itself. */
  readonly readerRoleArn?: string | undefined;
  /** Log groups of the functions: one name, or a common prefix followed by `*`. */
  readonly logGroups: string;
}

/** Role of the functions. It may write logs and traces, and either read the images or assume the reader role. */
export class LambdaRole extends Role {
  constructor(scope: Construct, id: string, { images, readerRoleArn, logGroups, ...props }: LambdaRoleProps) {
    const logs = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logGroups}:*`;
    super(scope, id, {
      ...props,
      description: 'Role of the images-api functions',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        logs: new PolicyDocument({
          statements: [
            // The role may not create log groups: the stacks create them, with a retention.
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
      {
        id: `${IAM5}[Resource::*]`,
        reason: 'The X-Ray actions that write traces do not support resource-level permissions.',
      },
      {
        id: `${IAM5}[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:${logGroups}:*]`,
        reason: 'Each execution environment of a function creates a log stream in the log group.',
      },
    );
    if (readerRoleArn === undefined) acknowledgeReading(this, images);
  }
}

const IAM5 = 'AwsSolutions::AwsSolutions-IAM5';
