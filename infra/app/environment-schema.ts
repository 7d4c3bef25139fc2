import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import type { Route } from '../../src/domain/index.ts';
import { FIRST_GENERATION } from '../../src/settings/names.ts';
import { SERVICE_DEFAULTS } from '../construct/service-settings.ts';
import { CHECKS } from './environment-checks.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/**
 * Reads the settings of an environment and fills in the defaults. What is wrong is added to `faults`, everything at once;
 * then the answer is not to be used.
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
  for (const [name, schema] of Object.entries(SETTINGS)) {
    const result = schema.safeParse(values[name]);
    if (result.success) read.set(name, result.data);
    else for (const { path, message } of result.error.issues) blame([name, ...path].join('.'), message);
  }
  const settings = Object.fromEntries(read) as unknown as EnvironmentSettings;
  // Of those that stand together, each has to be readable by itself.
  for (const { of: names, check } of CHECKS) {
    if (names.every((name) => read.has(name))) for (const [name, fault] of check(settings)) blame(name, fault);
  }
  return settings;
};

const text = (pattern: RegExp, expected: string) =>
  z.string(`expected ${expected}`).check(z.regex(pattern, `expected ${expected}`));

/** What is no text stands in cdk.json as it is, and after `-c` as JSON. */
const json = <Output>(schema: z.ZodMiniType<Output>) => z.pipe(z.transform(readJson), schema);

const readJson = (value: unknown): unknown => {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    return value;
  }
};

const account = text(/^\d{12}$/, 'the 12 digits of an account id, in quotes');

const flag = json(z.boolean('expected true or false'));

const count = (expected: string) => z.int(`expected ${expected}`).check(z.positive(`expected ${expected}`));

const generations = (expected: string) =>
  z.array(
    text(/^[a-z][a-z0-9]{0,7}$/, 'generations such as "a" or "b2": a letter and up to 7 letters or digits'),
    expected,
  );

const RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

const SETTINGS = {
  account: z.optional(account),
  region: z.optional(text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region such as eu-central-1')),
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket: 3 to 63 of a-z, 0-9, - and .'),
  // In a policy these would stand for other folders, too.
  prefix: z._default(
    text(/^[^*?$]*$/, 'a folder without *, ? and $, which have a meaning in policies'),
    SERVICE_DEFAULTS.prefix,
  ),
  bucketAccount: z.optional(account),
  readerRoleArn: z.optional(
    text(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
      'arn:aws:iam::123456789012:role/name',
    ),
  ),
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  externalId: z.optional(text(/^[\w+=,.@:/-]{2,1224}$/, '2 to 1,224 letters, digits and +=,.@:/-_')),
  kmsKeyArn: z.optional(
    text(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'arn:aws:kms:eu-central-1:123456789012:key/…, no alias'),
  ),
  mapping: z.optional(
    json(
      z.strictObject(
        // The domain checks them.
        { routes: z.custom<readonly Route[]>() },
        'expected {"routes": [{"path": "…", "key": "…"}]}',
      ),
    ),
  ),
  responseMode: z._default(
    z.enum(['stream', 'buffered'], 'expected stream or buffered'),
    SERVICE_DEFAULTS.responseMode,
  ),
  cacheControl: z.optional(text(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'the value of a Cache-Control header')),
  corsOrigins: z._default(
    json(
      z.array(
        text(/^(?:\*|https?:\/\/[^/\s?#,]+)$/, 'origins such as https://app.example.com, or *'),
        'expected a list such as ["https://app.example.com"]',
      ),
    ),
    [...SERVICE_DEFAULTS.corsOrigins],
  ),
  logLevel: z._default(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'expected a level such as info'),
    SERVICE_DEFAULTS.logLevel,
  ),
  logRetentionDays: z._default(
    json(z.literal(RETENTIONS, `expected one of ${RETENTIONS.join(', ')}`)),
    SERVICE_DEFAULTS.logRetentionDays,
  ),
  throttle: z._default(
    json(
      z.strictObject(
        { rateLimit: count('requests per second'), burstLimit: count('requests at once') },
        'expected {"rateLimit": 200, "burstLimit": 400}',
      ),
    ),
    SERVICE_DEFAULTS.throttle,
  ),
  quota: z._default(
    json(
      z.strictObject(
        {
          limit: count('a number of requests'),
          period: z.enum(['DAY', 'WEEK', 'MONTH'], 'expected DAY, WEEK or MONTH'),
        },
        'expected {"limit": 5000000, "period": "DAY"}',
      ),
    ),
    SERVICE_DEFAULTS.quota,
  ),
  keyGenerations: z._default(
    json(generations('expected a list such as ["a"]').check(z.minLength(1, 'expected at least one generation'))),
    [FIRST_GENERATION],
  ),
  retiringKeyGenerations: z._default(json(generations('expected a list such as []')), []),
  owners: z._default(flag, false),
  operations: z._default(flag, true),
  alarmTopicArn: z.optional(
    text(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'arn:aws:sns:eu-central-1:123456789012:name'),
  ),
} satisfies {
  readonly [Name in Exclude<keyof EnvironmentSettings, 'environment'>]-?: z.ZodMiniType<EnvironmentSettings[Name]>;
};

export const SETTING_NAMES: readonly string[] = Object.keys(SETTINGS);
