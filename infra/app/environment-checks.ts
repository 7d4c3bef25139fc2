import { type FunctionSettings, mappingFaults, SETTINGS } from '../../src/settings/settings.ts';
import { functionVariables } from '../construct/image-function.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

type Fault = readonly [setting: string, fault: string];

/** What must hold between settings that are valid by themselves. */
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

/** In the policy of the role, these characters would match other folders, too. */
const checkPrefix = ({ prefix }: EnvironmentSettings): Fault[] =>
  /[*?$]/.test(prefix) ? [['prefix', 'expected a folder without *, ? and $, which have a meaning in policies']] : [];

/**
 * Lambda limits the JSON of all variables to 4 KB, and quotes it in its error:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const checkSize = (settings: EnvironmentSettings): Fault[] => {
  const variables = functionVariables(settings, settings.account ?? ANY_ACCOUNT);
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes <= MAX_BYTES) return [];
  const [[longest = ''] = []] = Object.entries(variables).sort(([, a], [, b]) => b.length - a.length);
  const name = Object.entries(SETTINGS).find(([, { variable }]) => variable === longest)?.[0] ?? 'mapping';
  return [
    [name, `the variables of the function are ${bytes} bytes of JSON, and Lambda allows ${MAX_BYTES}; shorten it`],
  ];
};

const MAX_BYTES = 4096;
/** All account IDs have the same length. */
const ANY_ACCOUNT = '000000000000';

export const CHECKS: readonly Check[] = [
  { of: ['account', 'bucketAccount', 'readerRoleArn', 'externalId'], check: checkAccess },
  { of: ['keyGenerations', 'retiringKeyGenerations'], check: checkGenerations },
  { of: ['prefix', 'mapping'], check: mappingFaults },
  { of: ['prefix'], check: checkPrefix },
  { of: [...(Object.keys(SETTINGS) as (keyof FunctionSettings)[]), 'account'], check: checkSize },
];
