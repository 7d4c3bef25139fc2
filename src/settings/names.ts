import type { ResponseMode } from './settings.ts';

/**
 * Every physical name in AWS. The names depend only on the environment and the engineer, so the CDK app, the function
 * and the doctor agree on them. The name of an environment contains no hyphen, and that of an engineer no two in a row.
 * Therefore the names of stacks are unique, and so are the names of resources across stacks.
 */

/** The stack whose resources all API stacks of an environment share. */
export const globalStackName = (environment: string): string => `images-api-global-${environment}`;

/** The API stack of the environment, or that of one engineer. */
export const apiStackName = (environment: string, engineer?: string): string =>
  engineer === undefined ? `images-api-${environment}` : `images-api-${environment}-${engineer}`;

/** The stack with the reader role, in the account of the bucket. */
export const readerStackName = (environment: string): string => `images-api-reader-${environment}`;

/** The CDK stage that holds the reader stack. It names no resource; `cdk deploy 'images-account-dev/*'` selects it. */
export const readerStageName = (environment: string): string => `images-account-${environment}`;

/** Environments that are not allowed, because the names of their stacks would collide with other names. */
export const RESERVED_ENVIRONMENTS: readonly string[] = ['global', 'reader'];

export const lambdaRoleName = (environment: string): string => `${globalStackName(environment)}--lambda-role`;

export const lambdaRoleArn = (partition: string, account: string, environment: string): string =>
  `arn:${partition}:iam::${account}:role/${lambdaRoleName(environment)}`;

/** Session name of the function in the account of the bucket. STS accepts at most 64 characters. */
export const assumedRoleSession = (environment: string): string => `images-api-${environment}`.slice(0, 64);

/** Session name of the doctor in the account of the bucket. */
export const DOCTOR_SESSION = 'images-api-doctor';

/** @param api name of the API stack, or a name that another CDK app chose; also in the functions below. */
export const functionName = (api: string, mode: ResponseMode): string =>
  mode === 'stream' ? `${api}-lambda` : `${api}-lambda-buf`;

export const restApiName = (api: string): string => `${api}-api`;

export const usagePlanName = (api: string): string => `${api}-usage-plan`;

/** Log group of the function of either response mode, so that logs and metrics survive a switch of the mode. */
export const functionLogGroup = (api: string): string => `/aws/lambda/${api}-lambda`;

/** Patterns for the functions of an environment and their log groups, including those of engineers. */
export const functionNames = (environment: string): string => `${apiStackName(environment)}-*`;

export const functionLogGroups = (environment: string): string => `/aws/lambda/${functionNames(environment)}`;

export const accessLogGroup = (api: string): string => `/aws/apigateway/${restApiName(api)}`;

/** API Gateway chooses this name: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
export const executionLogGroup = (restApiId: string, stage: string): string =>
  `API-Gateway-Execution-Logs_${restApiId}/${stage}`;

export const dashboardName = (api: string): string => api;

export const alarmName = (api: string, title: string): string => `${api}--${title}`;

/** Name of a saved query. CloudWatch shows the part in front of the slash as a folder. */
export const queryName = (api: string, title: string): string => `${api}/${title}`;

export const metricNamespace = (api: string): string => `images-api/${api}`;

/** Name of the secret of one key generation, and of the API key itself. */
export const apiKeyName = (environment: string, generation: string): string =>
  `${globalStackName(environment)}--api-key${generationSuffix(generation)}`;

/** Names of the exports of the global stack. */
export const EXPORTS = {
  roleArn: (environment: string): string => `global--api-role--${environment}`,
  secretArn: (environment: string, generation: string): string =>
    `global--api-key--${environment}${generationSuffix(generation)}`,
  apiKeyId: (environment: string, generation: string): string =>
    `global--api-key-id--${environment}${generationSuffix(generation)}`,
} as const;

/**
 * The first generation of every environment is `a`, and its names have no suffix. The letter decides, not the position
 * in the settings: an export that is in use cannot change, so `b` keeps its suffix after `a` is removed.
 */
const generationSuffix = (generation: string): string => (generation === FIRST_GENERATION ? '' : `--${generation}`);

export const FIRST_GENERATION = 'a';
