import { type FunctionSettings, SETTINGS } from '../../src/settings/settings.ts';
import { functionVariables } from '../construct/function-variables.ts';
import { type Check, type Fault, SERVICE_CHECKS } from '../construct/settings-check.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

const checkAccounts = ({ account, bucketAccount, readerRoleArn }: EnvironmentSettings): Fault[] => {
  if (readerRoleArn === undefined) return [];
  const faults: Fault[] = [];
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

/** Metrics are derived from log lines. */
const checkLogLevel = ({ operations, logLevel }: EnvironmentSettings): Fault[] =>
  operations && logLevel === 'silent'
    ? [
        [
          'logLevel',
          'silent writes no lines, so alarms and dashboard would see nothing; write fatal, or set operations to false',
        ],
      ]
    : [];

/** The certificate and the web ACL must be in the account and region of the stacks, and the topic of the alarms in the region. */
const checkLocations = ({ account, region, ...settings }: EnvironmentSettings): Fault[] =>
  (['certificateArn', 'webAclArn', 'alarmTopicArn'] as const).flatMap((name): Fault[] => {
    const [, , , foundRegion, foundAccount] = settings[name]?.split(':') ?? [];
    if (foundRegion === undefined) return [];
    if (region !== undefined && foundRegion !== region) {
      return [[name, `is in ${foundRegion}, but the stacks are in ${region}; write the ARN of one in ${region}`]];
    }
    if (name === 'alarmTopicArn' || account === undefined || foundAccount === account) return [];
    return [
      [name, `is in the account ${foundAccount}, but the stacks are in ${account}; write the ARN of one in ${account}`],
    ];
  });

const checkGenerations = ({ keyGenerations, retiringKeyGenerations }: EnvironmentSettings): Fault[] => {
  const all = [...keyGenerations, ...retiringKeyGenerations];
  const repeated = new Set(all.filter((generation, index) => all.indexOf(generation) !== index));
  return [...repeated].map((name) => [
    'keyGenerations',
    `"${name}" is listed more than once in keyGenerations and retiringKeyGenerations; keep one of the entries`,
  ]);
};

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

/** All rules about the settings of an environment. */
export const CHECKS: readonly Check<EnvironmentSettings>[] = [
  { settings: ['account', 'bucketAccount', 'readerRoleArn'], check: checkAccounts },
  { settings: ['account', 'bucketAccount', 'readers'], check: checkReaders },
  ...SERVICE_CHECKS,
  { settings: ['account', 'region', 'certificateArn', 'webAclArn', 'alarmTopicArn'], check: checkLocations },
  { settings: ['keyGenerations', 'retiringKeyGenerations'], check: checkGenerations },
  { settings: ['operations', 'logLevel'], check: checkLogLevel },
  { settings: [...(Object.keys(SETTINGS) as (keyof FunctionSettings)[]), 'account'], check: checkSize },
];
