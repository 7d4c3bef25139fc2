import { createPathMapping, ImageError } from '../../src/domain/index.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

type Fault = readonly [setting: string, fault: string];

/** What has to hold between settings that are right by themselves. */
interface Check {
  readonly of: readonly (keyof EnvironmentSettings)[];
  readonly check: (settings: EnvironmentSettings) => readonly Fault[];
}

const checkAccess = ({ account, bucketAccount, readerRoleArn, externalId }: EnvironmentSettings): Fault[] => {
  if (readerRoleArn === undefined) {
    return externalId === undefined ? [] : [['externalId', 'goes with readerRoleArn, which is missing']];
  }
  const faults: Fault[] = [];
  if (externalId === undefined) faults.push(['externalId', 'missing; the reader role is for those alone who say it']);
  if (account === undefined)
    faults.push(['account', 'missing; the reader role trusts a role of this account by its ARN']);
  if (bucketAccount === undefined || bucketAccount === account) {
    faults.push([
      'readerRoleArn',
      'the bucket is in the account of the service, so its role is granted the bucket itself; remove this, or name the other account as bucketAccount',
    ]);
  } else if (readerRoleArn.split(':')[4] !== bucketAccount) {
    faults.push(['readerRoleArn', `the role is not in ${bucketAccount}, the account of the bucket (bucketAccount)`]);
  }
  return faults;
};

const checkGenerations = ({ keyGenerations, retiringKeyGenerations }: EnvironmentSettings): Fault[] => {
  const all = [...keyGenerations, ...retiringKeyGenerations];
  const twice = new Set(all.filter((generation, index) => all.indexOf(generation) !== index));
  return [...twice].map((name) => [
    'keyGenerations',
    `"${name}" stands there twice, or in retiringKeyGenerations, too`,
  ]);
};

/** By the domain, as the function will. */
const checkMapping = ({ prefix, mapping }: EnvironmentSettings): Fault[] => {
  try {
    createPathMapping({ ...mapping, prefix });
    return [];
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return error.message.split('\n').map((line) => [line.startsWith('prefix') ? 'prefix' : 'mapping', line]);
  }
};

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 4 KB for all variables of a function. */
const checkSize = ({ mapping, ...settings }: EnvironmentSettings): Fault[] => {
  const { prefix, cacheControl, corsOrigins, readerRoleArn, externalId } = settings;
  const texts = [JSON.stringify(mapping), prefix, cacheControl, ...corsOrigins, readerRoleArn, externalId];
  const bytes = Buffer.byteLength(texts.join(','));
  return bytes <= MAX_BYTES ? [] : [['mapping', `makes ${bytes} bytes with ${OTHERS}; a function takes ${MAX_BYTES}`]];
};

/** What is left for these beside the names of all variables and the values that are short. */
const MAX_BYTES = 3700;
const OTHERS = 'prefix, cacheControl, corsOrigins, readerRoleArn and externalId';

export const CHECKS: readonly Check[] = [
  { of: ['account', 'bucketAccount', 'readerRoleArn', 'externalId'], check: checkAccess },
  { of: ['keyGenerations', 'retiringKeyGenerations'], check: checkGenerations },
  { of: ['prefix', 'mapping'], check: checkMapping },
  { of: ['mapping', 'prefix', 'cacheControl', 'corsOrigins', 'readerRoleArn', 'externalId'], check: checkSize },
];
