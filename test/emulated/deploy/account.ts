import { APIGatewayClient, GetApiKeyCommand, GetUsagePlansCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListImportsCommand,
  type Stack,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DeleteLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ACCOUNT, endpoint, REGION } from './emulator.ts';

/** Functions with which the tests inspect the deployed resources, through the APIs of AWS. */

const clientOf = (account: string) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: account, secretAccessKey: 'test' },
});
const client = clientOf(ACCOUNT);
const cloudFormation = new CloudFormationClient(client);
const apiGateway = new APIGatewayClient(client);
const logs = new CloudWatchLogsClient(client);
const secretsManager = new SecretsManagerClient(client);

export const createBucket = async (bucket: string, account: string = ACCOUNT): Promise<void> => {
  const options = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;
  await new S3Client(clientOf(account)).send(new CreateBucketCommand({ Bucket: bucket, ...options }));
};

export const putImage = async (
  bucket: string,
  key: string,
  bytes: Uint8Array,
  account: string = ACCOUNT,
): Promise<void> => {
  const object = { Bucket: bucket, Key: key, Body: bytes, ContentType: 'image/png' };
  await new S3Client(clientOf(account)).send(new PutObjectCommand(object));
};

export const listStacks = async (): Promise<readonly Stack[]> => {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
  return Stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
};

/** The physical ids of the resources of a stack, by logical id. */
export const resourcesOf = async (stack: string): Promise<Readonly<Record<string, string>>> => {
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stack }));
  return Object.fromEntries(
    StackResources.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
  );
};

/** The physical ids of the resources of a stack that have a type. */
export const physicalIds = async (stack: string, type: string): Promise<readonly (string | undefined)[]> => {
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stack }));
  return StackResources.filter(({ ResourceType }) => ResourceType === type).map((found) => found.PhysicalResourceId);
};

export const logGroups = async (prefix: string): Promise<readonly string[]> => {
  const found = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix }));
  return (found.logGroups ?? []).map(({ logGroupName = '' }) => logGroupName).sort();
};

export const turnOffTerminationProtection = async (stacks: readonly string[]): Promise<void> => {
  for (const StackName of stacks) {
    const options = { StackName, EnableTerminationProtection: false };
    await cloudFormation.send(new UpdateTerminationProtectionCommand(options));
  }
};

/** Deletes what a protected environment leaves behind, with the calls of the commands in docs/deploy.md. */
export const deleteRetained = async (groups: readonly string[], secret: string): Promise<void> => {
  for (const logGroupName of groups) await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  await secretsManager.send(new DeleteSecretCommand({ SecretId: secret, ForceDeleteWithoutRecovery: true }));
};

export const outputOf = async (stack: string, name: string): Promise<string> => {
  const outputs = (await listStacks()).find(({ StackName }) => StackName === stack)?.Outputs ?? [];
  const value = outputs.find(({ OutputKey, ExportName }) => OutputKey === name || ExportName === name)?.OutputValue;
  if (value === undefined) throw new Error(`the stack ${stack} has no output ${name}`);
  return value;
};

export const exportsOf = async (stack: string): Promise<readonly string[]> => {
  const found = (await listStacks()).find(({ StackName }) => StackName === stack);
  return (found?.Outputs ?? []).flatMap(({ ExportName }) => ExportName ?? []);
};

/** The stacks that import a value. */
export const importersOf = async (exported: string): Promise<readonly string[]> => {
  try {
    const { Imports = [] } = await cloudFormation.send(new ListImportsCommand({ ExportName: exported }));
    return Imports;
  } catch (error) {
    // CloudFormation answers with an error if no stack imports the value.
    if (error instanceof Error && error.message.includes('is not imported by any stack')) return [];
    throw error;
  }
};

export const deleteStack = async (stack: string): Promise<void> => {
  await cloudFormation.send(new DeleteStackCommand({ StackName: stack }));
};

export const keyValue = async (id: string): Promise<string> => {
  const { value } = await apiGateway.send(new GetApiKeyCommand({ apiKey: id, includeValue: true }));
  return value ?? '';
};

/** The names of the usage plans that contain a key. */
export const usagePlansOf = async (id: string): Promise<readonly string[]> => {
  const { items = [] } = await apiGateway.send(new GetUsagePlansCommand({ keyId: id }));
  return items.map(({ name }) => name ?? '').sort();
};

export const secretValue = async (id: string): Promise<unknown> => {
  const { SecretString = '' } = await secretsManager.send(new GetSecretValueCommand({ SecretId: id }));
  return JSON.parse(SecretString);
};
