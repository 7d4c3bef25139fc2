import { type FunctionSettings, mappingFaults, SETTINGS } from '../../src/settings/settings.ts';
import { functionVariables } from '../construct/image-function.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

type Fault = readonly [setting: string, fault: string];

/** A rule about several settings. It runs only if each of them is valid. */
interface Check {
  readonly settings: readonly (keyof EnvironmentSettings)[];
  readonly check: (settings: EnvironmentSettings) => readonly Fault[];
}

const checkAccess = ({ account, bucketAccount, readerRoleArn, externalId }: EnvironmentSettings): Fault[] => {
  if (readerRoleArn === undefined) {
    return externalId === undefined
      ? []
      : [['externalId', 'is set without readerRoleArn; set readerRoleArn, or remove externalId']];
  }
  const faults: Fault[] = [];
  if (externalId === undefined) {
    faults.push([
      'externalId',
      'missing, but the trust policy of the reader role requires one; write an external ID such as "partner-images"',
    ]);
  }
  if (account === undefined) {
    faults.push([
      'account',
      'missing, but the reader role trusts the role of the function by its ARN; write the account ID of the stacks, 12 digits in quotes',
    ]);
  }
  if (bucketAccount === undefined || bucketAccount === account) {
    faults.push([
      'readerRoleArn',
      'not needed, because the bucket is in the account of the stacks; remove readerRoleArn and externalId, or set bucketAccount to the account that owns the bucket',
    ]);
  } else if (readerRoleArn.split(':')[4] !== bucketAccount) {
    faults.push([
      'readerRoleArn',
      `the role is not in ${bucketAccount}, the account of the bucket; write the ARN of a role in that account, or correct bucketAccount`,
    ]);
  }
  return faults;
};

const checkReaders = ({ account, bucketAccount, readers }: EnvironmentSettings): Fault[] =>
  readers.length === 0 || (bucketAccount !== undefined && bucketAccount !== account)
    ? []
    : [
        [
          'readers',
          'has no effect, because the bucket is in the account of the stacks; remove readers, or set bucketAccount to the account that owns the bucket',
        ],
      ];

const checkGenerations = ({ keyGenerations, retiringKeyGenerations }: EnvironmentSettings): Fault[] => {
  const all = [...keyGenerations, ...retiringKeyGenerations];
  const repeated = new Set(all.filter((generation, index) => all.indexOf(generation) !== index));
  return [...repeated].map((name) => [
    'keyGenerations',
    `"${name}" is listed more than once in keyGenerations and retiringKeyGenerations; keep one of the entries`,
  ]);
};

/** In the policy of the role, these characters could match other folders. */
const checkPrefix = ({ prefix }: EnvironmentSettings): Fault[] =>
  /[*?$]/.test(prefix)
    ? [
        [
          'prefix',
          'expected a folder without *, ? and $, which are wildcards and variables in IAM policies; choose another folder',
        ],
      ]
    : [];

/**
 * Lambda limits the variables of a function to 4 KB in total. Its error message shows that it measures their JSON.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const checkSize = (settings: EnvironmentSettings): Fault[] => {
  const variables = functionVariables(settings, settings.account ?? ANY_ACCOUNT);
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes <= MAX_BYTES) return [];
  const [[longest = ''] = []] = Object.entries(variables).sort(([, a], [, b]) => b.length - a.length);
  const name = Object.entries(SETTINGS).find(([, { variable }]) => variable === longest)?.[0] ?? 'mapping';
  return [
    [
      name,
      `the variables of the function are ${bytes} bytes of JSON, but Lambda allows ${MAX_BYTES}; shorten this setting, which is the longest`,
    ],
  ];
};

const MAX_BYTES = 4096;
/** Stands in for an unknown account ID: all of them have the same length. */
const ANY_ACCOUNT = '000000000000';

export const CHECKS: readonly Check[] = [
  { settings: ['account', 'bucketAccount', 'readerRoleArn', 'externalId'], check: checkAccess },
  { settings: ['account', 'bucketAccount', 'readers'], check: checkReaders },
  { settings: ['keyGenerations', 'retiringKeyGenerations'], check: checkGenerations },
  { settings: ['prefix', 'mapping'], check: mappingFaults },
  { settings: ['prefix'], check: checkPrefix },
  { settings: [...(Object.keys(SETTINGS) as (keyof FunctionSettings)[]), 'account'], check: checkSize },
];
