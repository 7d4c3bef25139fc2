import { type APIGatewayClient, GetUsagePlanKeysCommand, paginateGetUsagePlans } from '@aws-sdk/client-api-gateway';
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readAwsFailure } from '../../adapters/aws/sdk-errors.ts';
import { denied, type Finding, failed, isDenied, ok } from '../finding.ts';

/** Asks about the secret, and never for what it holds. */
export const checkSecret = async (secretsManager: SecretsManagerClient, name: string): Promise<Finding> => {
  try {
    const { DeletedDate } = await secretsManager.send(new DescribeSecretCommand({ SecretId: name }));
    if (DeletedDate === undefined) return ok(name);
    return failed(
      `${name} is about to be deleted`,
      `Restore it: aws secretsmanager restore-secret --secret-id ${name}.`,
    );
  } catch (error) {
    if (readAwsFailure(error).name === 'ResourceNotFoundException') {
      return failed(
        `there is no secret ${name} in this account and region`,
        'Deploy the global stack of the environment, set AWS_REGION to its region, or name the secret with --secret: that of a later key generation ends with its letter.',
      );
    }
    if (!isDenied(error)) throw error;
    return denied(`${name} may not be looked at`, error, 'Allow the identity secretsmanager:DescribeSecret on it.');
  }
};

/** The answers hold the values of keys; only how many there are is looked at. */
export const checkUsagePlan = async (apiGateway: APIGatewayClient, name: string): Promise<Finding> => {
  try {
    const plan = await findUsagePlan(apiGateway, name);
    if (plan === undefined) {
      return failed(
        `there is no usage plan ${name} in this account and region`,
        'Deploy the API stack, set AWS_REGION to its region, or name the plan with --usage-plan.',
      );
    }
    const stages = (plan.apiStages ?? []).map(({ apiId, stage }) => `${apiId}/${stage}`);
    if (stages.length === 0) return failed(`${name} has no stage`, 'Deploy the API stack again.');
    const { items = [] } = await apiGateway.send(new GetUsagePlanKeysCommand({ usagePlanId: plan.id }));
    if (items.length === 0) return failed(`${name} has no key`, 'Deploy the API stack again: it attaches the key.');
    return ok(`${name}, ${items.length === 1 ? '1 key' : `${items.length} keys`} for ${stages.join(', ')}`);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return denied(`${name} may not be looked at`, error, 'Allow the identity apigateway:GET on /usageplans and below.');
  }
};

const findUsagePlan = async (client: APIGatewayClient, name: string) => {
  for await (const { items = [] } of paginateGetUsagePlans({ client, pageSize: PAGE }, {})) {
    const plan = items.find((item) => item.name === name);
    if (plan !== undefined) return plan;
  }
  return undefined;
};

/** The most that API Gateway gives at once. */
const PAGE = 500;
