import { type APIGatewayClient, GetUsagePlanKeysCommand, paginateGetUsagePlans } from '@aws-sdk/client-api-gateway';
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readAwsFailure } from '../../adapters/aws/sdk-errors.ts';
import { type CheckResult, denied, failed, isDenied, ok } from './result.ts';

/** Checks that the secret exists. Never requests its value. */
export const checkSecret = async (secretsManager: SecretsManagerClient, name: string): Promise<CheckResult> => {
  try {
    const { DeletedDate } = await secretsManager.send(new DescribeSecretCommand({ SecretId: name }));
    if (DeletedDate === undefined) return ok(name);
    return failed(
      `the secret ${name} is scheduled for deletion`,
      `Restore it: aws secretsmanager restore-secret --secret-id ${name}`,
    );
  } catch (error) {
    if (readAwsFailure(error).name === 'ResourceNotFoundException') {
      return failed(
        `the secret ${name} does not exist in this account and region`,
        'Deploy the global stack of the environment, set AWS_REGION to the region of that stack, or name the secret with --secret. The name of the secret of a later key generation ends with that generation, such as --b.',
      );
    }
    if (!isDenied(error)) throw error;
    return denied(
      `access to the secret ${name} is denied`,
      error,
      'Allow the identity above to call secretsmanager:DescribeSecret on the secret.',
    );
  }
};

/**
 * Checks that the usage plan has a stage and a key. Only counts the keys, because the responses contain their values.
 */
export const checkUsagePlan = async (apiGateway: APIGatewayClient, name: string): Promise<CheckResult> => {
  try {
    const plan = await findUsagePlan(apiGateway, name);
    if (plan === undefined) {
      return failed(
        `the usage plan ${name} does not exist in this account and region`,
        'Deploy the API stack, set AWS_REGION to the region of that stack, or name the plan with --usage-plan.',
      );
    }
    const stages = (plan.apiStages ?? []).map(({ apiId, stage }) => `${apiId}/${stage}`);
    if (stages.length === 0) return failed(`the usage plan ${name} has no stage`, 'Deploy the API stack again.');
    const { items = [] } = await apiGateway.send(new GetUsagePlanKeysCommand({ usagePlanId: plan.id }));
    if (items.length === 0) {
      return failed(`the usage plan ${name} has no API key`, 'Deploy the API stack again: it attaches the key.');
    }
    return ok(`${name}, ${items.length === 1 ? '1 key' : `${items.length} keys`} for ${stages.join(', ')}`);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return denied(
      `access to the usage plan ${name} is denied`,
      error,
      'Allow the identity above to call apigateway:GET on /usageplans and /usageplans/*.',
    );
  }
};

const findUsagePlan = async (client: APIGatewayClient, name: string) => {
  for await (const { items = [] } of paginateGetUsagePlans({ client, pageSize: PAGE_SIZE }, {})) {
    const plan = items.find((item) => item.name === name);
    if (plan !== undefined) return plan;
  }
  return undefined;
};

/** Largest page that API Gateway allows. */
const PAGE_SIZE = 500;
