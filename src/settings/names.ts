/**
 * Every physical name in AWS. They are built from the environment and the engineer alone, so that the CDK app, the
 * function and the doctor agree. Environments have no hyphen in their names and engineers no two in a row: no two stacks
 * have the same name, and neither do two resources of different stacks.
 */

/** The stack that the API stacks of an environment share. */
export const globalStackName = (environment: string): string => `images-api-global-${environment}`;

/** The stack of the environment itself, or of an engineer. */
export const apiStackName = (environment: string, owner?: string): string =>
  owner === undefined ? `images-api-${environment}` : `images-api-${environment}-${owner}`;

/** The stack with the reader role, in the account of the bucket. */
export const readerStackName = (environment: string): string => `images-api-reader-${environment}`;

/** The CDK stage that holds the reader stack. It names no resource; `cdk deploy 'images-account-dev/*'` selects it. */
export const readerStageName = (environment: string): string => `images-account-${environment}`;

/** Environments that cannot exist, because their stacks would have the names of others. */
export const RESERVED_ENVIRONMENTS: readonly string[] = ['global', 'reader'];

export const lambdaRoleName = (environment: string): string => `${globalStackName(environment)}--lambda-role`;

export const lambdaRoleArn = (partition: string, account: string, environment: string): string =>
  `arn:${partition}:iam::${account}:role/${lambdaRoleName(environment)}`;

/** The session of the function in the account of the bucket. STS accepts 64 characters. */
export const assumedRoleSession = (environment: string): string => `images-api-${environment}`.slice(0, 64);

/** The session of the doctor in the account of the bucket. */
export const DOCTOR_SESSION = 'images-api-doctor';

/** @param api the name of the API stack, or the name that another CDK app chose; `api` means the same below. */
export const functionName = (api: string): string => `${api}-lambda`;

export const restApiName = (api: string): string => `${api}-api`;

export const usagePlanName = (api: string): string => `${api}-usage-plan`;

export const functionLogGroup = (lambda: string): string => `/aws/lambda/${lambda}`;

/** The log groups of all functions of an environment, those of engineers included. */
export const functionLogGroups = (environment: string): string => functionLogGroup(`${apiStackName(environment)}-*`);

export const accessLogGroup = (api: string): string => `/aws/apigateway/${restApiName(api)}`;

/** The name that API Gateway gives it: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
export const executionLogGroup = (restApiId: string, stage: string): string =>
  `API-Gateway-Execution-Logs_${restApiId}/${stage}`;

export const dashboardName = (api: string): string => api;

export const alarmName = (api: string, title: string): string => `${api}--${title}`;

/** A saved query; CloudWatch shows the part in front of the slash as a folder. */
export const queryName = (api: string, title: string): string => `${api}/${title}`;

export const metricNamespace = (api: string): string => `images-api/${api}`;

/** The secret of a generation of the key, and the key itself. */
export const apiKeyName = (environment: string, generation: string): string =>
  `${globalStackName(environment)}--api-key${generationSuffix(generation)}`;

/** The exports of the global stack. */
export const EXPORTS = {
  roleArn: (environment: string): string => `global--api-role--${environment}`,
  secretArn: (environment: string, generation: string): string =>
    `global--api-key--${environment}${generationSuffix(generation)}`,
  apiKeyId: (environment: string, generation: string): string =>
    `global--api-key-id--${environment}${generationSuffix(generation)}`,
} as const;

/**
 * The first generation of every environment is `a` and has the plain names. Its letter identifies it, not its place in the
 * settings: an export that is in use cannot change, so `b` must not get the plain name when `a` is gone.
 */
const generationSuffix = (generation: string): string => (generation === FIRST_GENERATION ? '' : `--${generation}`);

export const FIRST_GENERATION = 'a';
