/**
 * Every name that AWS has to find again, made of the environment and the owner alone. Environments have no hyphen in
 * their names and owners no two in a row, so that no two stacks ever have the same name, nor anything in them.
 */

/** The stack that an environment's API stacks have in common. */
export const globalStackName = (environment: string): string => `images-api-global-${environment}`;

/** The stack of the environment itself, or of an engineer. */
export const apiStackName = (environment: string, owner?: string): string =>
  owner === undefined ? `images-api-${environment}` : `images-api-${environment}-${owner}`;

/** The stack of the account that has the images. */
export const readerStackName = (environment: string): string => `images-api-reader-${environment}`;

/** The names that an environment cannot have, because its stacks would have the names of others. */
export const RESERVED_ENVIRONMENTS: readonly string[] = ['global', 'reader'];

export const lambdaRoleName = (environment: string): string => `${globalStackName(environment)}--lambda-role`;

/** The log groups of all functions of an environment, the engineers' included. */
export const functionLogGroups = (environment: string): string => functionLogGroup(`images-api-${environment}-*`);

export const functionLogGroup = (functionName: string): string => `/aws/lambda/${functionName}`;

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
 * The first generation of every environment is `a`, and has the plain names. It is told by its letter and not by its
 * place in the settings: an export that is in use can neither change nor go, so `b` must not become a plain name when it
 * is left alone.
 */
const generationSuffix = (generation: string): string => (generation === FIRST_GENERATION ? '' : `--${generation}`);

export const FIRST_GENERATION = 'a';
