import { Aws, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, type RoleProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeReading, type ImageLocation, readImages } from './image-access.ts';

export interface LambdaRoleProps extends Pick<RoleProps, 'roleName'> {
  readonly images: ImageLocation;
  /** ARN of the reader role. Default: none, and this role reads the images itself. */
  readonly readerRoleArn?: string | undefined;
  /** Names of the functions: one name, or a common prefix followed by `*`. */
  readonly functions: string;
  /** Log groups of the functions: one name, or a common prefix followed by `*`. */
  readonly logGroups: string;
  /** Whether the functions send traces to X-Ray. */
  readonly tracing: boolean;
  /** Whether the functions run in a VPC. */
  readonly inVpc: boolean;
}

/**
 * Role of the functions. It may write logs and, if the settings ask for it, traces and network interfaces. It may also
 * either read the images or assume the reader role.
 */
export class LambdaRole extends Role {
  constructor(scope: Construct, id: string, given: LambdaRoleProps) {
    const { images, readerRoleArn, functions, logGroups, tracing, inVpc, ...props } = given;
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
            ...(tracing ? [WRITE_TRACES] : []),
          ],
        }),
        ...(inVpc ? { network: new PolicyDocument({ statements: manageNetworkInterfaces(functions) }) } : {}),
        images: new PolicyDocument({
          statements:
            readerRoleArn === undefined
              ? readImages(images)
              : [new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [readerRoleArn] })],
        }),
      },
    });
    Validations.of(this).acknowledge({
      id: `${IAM5}[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:${logGroups}:*]`,
      reason: 'Each execution environment of a function creates a log stream in the log group.',
    });
    if (tracing || inVpc) {
      Validations.of(this).acknowledge({
        id: `${IAM5}[Resource::*]`,
        reason: 'X-Ray and Lambda require these actions for every resource, because the resources do not exist yet.',
      });
    }
    if (readerRoleArn === undefined) acknowledgeReading(this, images);
  }
}

const WRITE_TRACES = new PolicyStatement({
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resources: ['*'],
});

/**
 * Allows Lambda to connect functions to a VPC, and denies the same actions to the code of the functions.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
const manageNetworkInterfaces = (functions: string): PolicyStatement[] => {
  const statement = { actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] };
  const code = `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:${functions}`;
  return [
    new PolicyStatement(statement),
    new PolicyStatement({
      ...statement,
      effect: Effect.DENY,
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': code } },
    }),
  ];
};

const NETWORK_INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const IAM5 = 'AwsSolutions::AwsSolutions-IAM5';
