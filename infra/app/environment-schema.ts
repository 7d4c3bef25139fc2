import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { FIRST_GENERATION } from '../../src/settings/names.ts';
import { type Setting, SettingFault } from '../../src/settings/setting.ts';
import { ACCOUNT_ID, type FunctionSettings, RESPONSE_MODES, SETTINGS } from '../../src/settings/settings.ts';
import { SERVICE_DEFAULTS } from '../construct/service-settings.ts';
import { CHECKS } from './environment-checks.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/**
 * Reads the settings of an environment and fills in the defaults. Every fault is added to `faults`; if there are any, the
 * result must not be used.
 */
export const readEnvironment = (
  environment: string,
  values: Readonly<Record<string, unknown>>,
  faults: string[],
): EnvironmentSettings => {
  const blame = (setting: string, fault: string) => faults.push(`${environment}.${setting}: ${fault}`);
  for (const name of Object.keys(values).filter((name) => !SETTING_NAMES.includes(name))) {
    blame(name, `there is no such setting; there are ${SETTING_NAMES.join(', ')}`);
  }
  const read = new Map<string, unknown>([['environment', environment]]);
  for (const [name, setting] of Object.entries(FUNCTION_SETTINGS)) {
    const value = readSetting(setting, values[name]);
    if (!(value instanceof SettingFault)) read.set(name, value);
    else blame(name, `${value.message}${needsQuotes(setting, values[name]) ? ', in quotes' : ''}`);
  }
  for (const [name, { schema, default: fallback }] of Object.entries<CdkSetting<unknown>>(CDK_SETTINGS)) {
    const value = values[name];
    const result = value === undefined ? { success: true as const, data: fallback } : schema.safeParse(value);
    if (result.success) read.set(name, result.data);
    else for (const { path, message } of result.error.issues) blame([name, ...path].join('.'), message);
  }
  const settings = Object.fromEntries(read) as unknown as EnvironmentSettings;
  // A check needs every setting that it compares to be valid by itself.
  for (const { of: names, check } of CHECKS) {
    if (names.every((name) => read.has(name))) for (const [name, fault] of check(settings)) blame(name, fault);
  }
  return settings;
};

/** Whether a number is valid as text: an account ID without its quotes. */
const needsQuotes = ({ parse }: Setting<unknown>, value: unknown): boolean =>
  typeof value === 'number' && !(parse(String(value)) instanceof SettingFault);

/** A value of `cdk.json`, or the text after `-c`. Lists and objects after `-c` are JSON. */
const readSetting = (setting: Setting<unknown>, value: unknown): unknown => {
  if (value === undefined && 'default' in setting) return setting.default;
  const given = typeof value === 'string' && /^\s*[[{]/.test(value) ? readJson(value) : value;
  return typeof given === 'string' ? setting.parse(given) : setting.check(given);
};

const text = (pattern: RegExp, expected: string) =>
  z.string(`expected ${expected}`).check(z.regex(pattern, `expected ${expected}`));

/** Everything but text is written as it is in cdk.json, and as JSON after `-c`. */
const json = <Output>(schema: z.ZodMiniType<Output>) => z.pipe(z.transform(readJson), schema);

const readJson = (value: unknown): unknown => {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    return value;
  }
};

const flag = json(z.boolean('expected true or false'));

const count = (expected: string) => z.int(`expected ${expected}`).check(z.positive(`expected ${expected}`));

const generations = (expected: string) =>
  z.array(
    text(/^[a-z][a-z0-9]{0,7}$/, 'generations such as "a" or "b2": a letter and up to 7 letters or digits'),
    expected,
  );

const RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

/** The settings of the function: CDK and the function read them by the same rules. */
const { environment: _, ...FUNCTION_SETTINGS } = SETTINGS;

/** A setting that only CDK knows. */
export interface CdkSetting<Value> {
  readonly schema: z.ZodMiniType<Value>;
  readonly default: Value;
  /** What the setting does, in Markdown, for docs/deploy.md. */
  readonly meaning: string;
}

type CdkSettings = Omit<EnvironmentSettings, keyof FunctionSettings>;

const MEMORY = 'whole megabytes from 128 to 10240';

/** In the order of the docs. */
export const CDK_SETTINGS: { readonly [Name in keyof CdkSettings]-?: CdkSetting<CdkSettings[Name]> } = {
  kmsKeyArn: {
    schema: text(
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
      'arn:aws:kms:eu-central-1:123456789012:key/…, no alias',
    ),
    default: undefined,
    meaning: 'The customer-managed key that encrypts the bucket.',
  },
  responseMode: {
    schema: z.enum(RESPONSE_MODES, 'expected stream or buffered'),
    default: SERVICE_DEFAULTS.responseMode,
    meaning: '`stream`, or `buffered` for clients that cannot read a stream.',
  },
  memory: {
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    schema: json(
      z.int(`expected ${MEMORY}`).check(z.minimum(128, `expected ${MEMORY}`), z.maximum(10_240, `expected ${MEMORY}`)),
    ),
    default: SERVICE_DEFAULTS.memory,
    meaning: 'Memory of the function in MB, from 128 to 10240. CPU and network grow with it.',
  },
  logRetentionDays: {
    schema: json(z.literal(RETENTIONS, `expected one of ${RETENTIONS.join(', ')}`)),
    default: SERVICE_DEFAULTS.logRetentionDays,
    meaning: 'Days that the logs are kept.',
  },
  throttle: {
    schema: json(
      z.strictObject(
        { rateLimit: count('requests per second'), burstLimit: count('requests at once') },
        'expected {"rateLimit": 200, "burstLimit": 400}',
      ),
    ),
    default: SERVICE_DEFAULTS.throttle,
    meaning: 'Requests per second of each key, and requests at once.',
  },
  quota: {
    schema: json(
      z.strictObject(
        {
          limit: count('a number of requests'),
          period: z.enum(['DAY', 'WEEK', 'MONTH'], 'expected DAY, WEEK or MONTH'),
        },
        'expected {"limit": 5000000, "period": "DAY"}',
      ),
    ),
    default: SERVICE_DEFAULTS.quota,
    meaning: 'Requests of each key in a `DAY`, `WEEK` or `MONTH`.',
  },
  keyGenerations: {
    schema: json(
      generations('expected a list such as ["a"]').check(z.minLength(1, 'expected at least one generation')),
    ),
    default: [FIRST_GENERATION],
    meaning: 'The generations of the API key that the environment accepts. The last one is handed out.',
  },
  retiringKeyGenerations: {
    schema: json(generations('expected a list such as []')),
    default: [],
    meaning: 'Generations that exist and are rejected: the step before they are deleted.',
  },
  owners: {
    schema: flag,
    default: false,
    meaning: 'Whether engineers may have stacks of their own.',
  },
  operations: {
    schema: flag,
    default: true,
    meaning: 'Whether the stack of the environment has a dashboard, alarms and saved queries.',
  },
  alarmTopicArn: {
    schema: text(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'arn:aws:sns:eu-central-1:123456789012:name'),
    default: undefined,
    meaning: 'The SNS topic that receives the alarms.',
  },
  account: {
    schema: text(ACCOUNT_ID, 'the 12 digits of an account id, in quotes'),
    default: undefined,
    meaning: 'The AWS account of the stacks.',
  },
  region: {
    schema: text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region such as eu-central-1'),
    default: undefined,
    meaning: 'The region of the stacks.',
  },
};

export const SETTING_NAMES: readonly string[] = [...Object.keys(FUNCTION_SETTINGS), ...Object.keys(CDK_SETTINGS)];
