import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { FIRST_GENERATION } from '../../src/settings/names.ts';
import { type Setting, SettingFault } from '../../src/settings/setting.ts';
import {
  ACCOUNT_ID,
  type FunctionSettings,
  REGION,
  RESPONSE_MODES,
  ROLE_ARN,
  SETTINGS,
} from '../../src/settings/settings.ts';
import { CONCURRENCY_ALARM } from '../construct/operations.ts';
import { ENDPOINT_KINDS, SERVICE_DEFAULTS } from '../construct/service-settings.ts';
import {
  EXPECTED_ENDPOINT,
  EXPECTED_KMS_KEY,
  EXPECTED_VPC_ENDPOINT,
  KMS_KEY_ARN,
  VPC_ENDPOINT_ID,
} from '../construct/settings-check.ts';
import { CHECKS } from './environment-checks.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/**
 * Reads the settings of an environment and fills in the defaults. It adds every fault to `faults`; if there is one,
 * the result must not be used.
 */
export const readEnvironment = (
  environment: string,
  values: Readonly<Record<string, unknown>>,
  faults: string[],
): EnvironmentSettings => {
  const addFault = (setting: string, fault: string) => faults.push(`${environment}.${setting}: ${fault}`);
  for (const name of Object.keys(values).filter((name) => !SETTING_NAMES.includes(name))) {
    addFault(name, `unknown setting; remove it, or write one of ${SETTING_NAMES.join(', ')}`);
  }
  const read = new Map<string, unknown>([['environment', environment]]);
  for (const [name, setting] of Object.entries(FUNCTION_SETTINGS)) {
    const value = readSetting(setting, values[name]);
    if (!(value instanceof SettingFault)) read.set(name, value);
    else addFault(name, `${value.message}${needsQuotes(setting, values[name]) ? ', in quotes' : ''}`);
  }
  for (const [name, { schema, default: fallback }] of Object.entries<CdkSetting<unknown>>(CDK_SETTINGS)) {
    const value = values[name];
    const defaultValue = fallback instanceof Function ? fallback(environment) : fallback;
    const result = value === undefined ? { success: true as const, data: defaultValue } : schema.safeParse(value);
    if (result.success) read.set(name, result.data);
    else for (const { path, message } of result.error.issues) addFault([name, ...path].join('.'), message);
  }
  const settings = Object.fromEntries(read) as unknown as EnvironmentSettings;
  for (const { settings: names, check } of CHECKS) {
    if (!names.every((name) => read.has(name))) continue;
    for (const [name, fault] of check(settings)) {
      addFault(name, fault);
      // A second message about the same setting would not help.
      read.delete(name);
    }
  }
  return settings;
};

/** Whether a number would be valid as text, such as an account ID that lacks its quotes. */
const needsQuotes = ({ parse }: Setting<unknown>, value: unknown): boolean =>
  typeof value === 'number' && !(parse(String(value)) instanceof SettingFault);

/** Reads a value of `cdk.json` or the text after `-c`. Lists and objects are JSON after `-c`. */
const readSetting = (setting: Setting<unknown>, value: unknown): unknown => {
  if (value === undefined && 'default' in setting) return setting.default;
  const given = typeof value === 'string' && /^\s*[[{]/.test(value) ? readJson(value) : value;
  return typeof given === 'string' ? setting.parse(given) : setting.check(given);
};

const text = (pattern: RegExp, expected: string) =>
  z.string(`expected ${expected}`).check(z.regex(pattern, `expected ${expected}`));

/** A value that is not text: plain JSON in `cdk.json`, and a text that contains JSON after `-c`. */
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
    text(
      /^[a-z][a-z0-9]{0,7}$/,
      'generations such as "a" or "b2": a lower-case letter and up to 7 lower-case letters or digits',
    ),
    expected,
  );

/** A list of at least one ID of EC2. */
const ids = (prefix: string, expected: string) => {
  const example = `${prefix}-0123456789abcdef0`;
  return z
    .array(
      text(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `${expected}: ${example}`),
      `expected a list such as ["${example}"]`,
    )
    .check(z.minLength(1, `expected a list such as ["${example}"]`));
};

const RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

/** The settings of the function. CDK and the function apply the same rules to them. */
const { environment: _, ...FUNCTION_SETTINGS } = SETTINGS;

/** A setting of the stacks that the function does not read. */
export interface CdkSetting<Value> {
  readonly schema: z.ZodMiniType<Value>;
  /** The default, or a function that derives it from the name of the environment. */
  readonly default: Value | ((environment: string) => Value);
  /** Purpose of the setting, in Markdown, for docs/deploy.md. */
  readonly meaning: string;
}

type CdkSettings = Omit<EnvironmentSettings, keyof FunctionSettings>;

const MEMORY = 'whole megabytes from 128 to 10240';

/** All settings of the stacks, in the order of the docs. */
export const CDK_SETTINGS: { readonly [Name in keyof CdkSettings]-?: CdkSetting<CdkSettings[Name]> } = {
  kmsKeyArn: {
    schema: text(KMS_KEY_ARN, EXPECTED_KMS_KEY),
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
    meaning: 'Days after which log lines expire.',
  },
  tracing: {
    schema: flag,
    default: SERVICE_DEFAULTS.tracing,
    meaning: 'Whether X-Ray records traces of the API and the function.',
  },
  throttle: {
    schema: json(
      z.strictObject(
        {
          rateLimit: count('requests per second: a whole number from 1'),
          burstLimit: count('concurrent requests: a whole number from 1'),
        },
        'expected an object such as {"rateLimit": 200, "burstLimit": 400}',
      ),
    ),
    default: SERVICE_DEFAULTS.throttle,
    meaning: 'Limits for each key: requests per second, and concurrent requests.',
  },
  quota: {
    schema: json(
      z.strictObject(
        {
          limit: count('requests per period: a whole number from 1'),
          period: z.enum(['DAY', 'WEEK', 'MONTH'], 'expected DAY, WEEK or MONTH'),
        },
        'expected an object such as {"limit": 5000000, "period": "DAY"}',
      ),
    ),
    default: SERVICE_DEFAULTS.quota,
    meaning: 'Requests that each key may make in a `DAY`, `WEEK` or `MONTH`.',
  },
  keyGenerations: {
    schema: json(
      generations('expected a list such as ["a"]').check(
        z.minLength(1, 'expected at least one generation, such as ["a"]'),
      ),
    ),
    default: [FIRST_GENERATION],
    meaning: 'The generations of the API key that the environment accepts. The output `FetchKey` reads the last one.',
  },
  retiringKeyGenerations: {
    schema: json(generations('expected a list such as ["a"], or []')),
    default: [],
    meaning:
      'Generations of the key that still exist but are rejected. They are deleted in the next step of a rotation.',
  },
  owners: {
    schema: flag,
    default: false,
    meaning: 'Whether `-c owner=` may add stacks for engineers.',
  },
  operations: {
    schema: flag,
    default: true,
    meaning:
      'Whether the stack of the environment has a dashboard, alarms and saved queries. Stacks of engineers have none.',
  },
  alarmTopicArn: {
    schema: text(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
      'the ARN of an SNS topic: arn:aws:sns:eu-central-1:123456789012:name',
    ),
    default: undefined,
    meaning: 'The SNS topic that receives the alarms.',
  },
  endpoint: {
    schema: z.enum(ENDPOINT_KINDS, EXPECTED_ENDPOINT),
    default: SERVICE_DEFAULTS.endpoint,
    meaning: '`regional`, or `private` for an API that only `vpcEndpointIds` reach.',
  },
  vpcEndpointIds: {
    schema: json(
      z.array(text(VPC_ENDPOINT_ID, EXPECTED_VPC_ENDPOINT), 'expected a list such as ["vpce-0123456789abcdef0"]'),
    ),
    default: SERVICE_DEFAULTS.vpcEndpointIds,
    meaning: 'The VPC endpoints for `execute-api` that reach a private API.',
  },
  allowedCidrs: {
    schema: json(z.array(z.string('expected text such as 10.0.0.0/8'), 'expected a list such as ["10.0.0.0/8"]')),
    default: SERVICE_DEFAULTS.allowedCidrs,
    meaning: 'The address ranges from which clients may call the API. Without it, every address may.',
  },
  webAclArn: {
    schema: text(
      /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/[\w-]+\/[0-9a-f-]{36}$/,
      'the ARN of a regional web ACL: arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/name/…',
    ),
    default: undefined,
    meaning: 'The AWS WAF web ACL that inspects the requests.',
  },
  domainName: {
    schema: text(
      /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
      'a domain name in lower case, such as images.example.com',
    ),
    default: undefined,
    meaning:
      'The custom domain of the environment. URLs then have no stage: `https://images.example.com/PATH`. Stacks of engineers have none.',
  },
  certificateArn: {
    schema: text(
      /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/,
      'the ARN of an ACM certificate: arn:aws:acm:eu-central-1:123456789012:certificate/…',
    ),
    default: undefined,
    meaning: 'The certificate of `domainName`, in the region of the stacks.',
  },
  hostedZoneId: {
    schema: text(/^Z[A-Z0-9]{1,31}$/, 'the ID of a hosted zone: Z0123456789ABCDEFGHIJ'),
    default: undefined,
    meaning:
      'The hosted zone that gets the DNS records of `domainName`. Without it, add a CNAME record to the output `DomainTarget`.',
  },
  securityPolicy: {
    schema: text(
      /^(?:TLS_1_[02]|SecurityPolicy_TLS\w{1,60})$/,
      'TLS_1_0, TLS_1_2 or a name such as SecurityPolicy_TLS13_1_3_2025_09',
    ),
    default: undefined,
    meaning:
      'The TLS security policy of the host name of API Gateway (*not yet verified on AWS*; no check of `verify`). Without it, API Gateway chooses one, which may accept TLS 1.0. `domainName` always requires TLS 1.2.',
  },
  vpc: {
    schema: json(
      z.strictObject(
        {
          subnetIds: ids('subnet', 'the ID of a subnet'),
          securityGroupIds: ids('sg', 'the ID of a security group'),
        },
        'expected an object such as {"subnetIds": ["subnet-0123456789abcdef0"], "securityGroupIds": ["sg-0123456789abcdef0"]}',
      ),
    ),
    default: undefined,
    meaning: 'The subnets and security groups of the function. Without it, the function runs outside your VPCs.',
  },
  protect: {
    schema: flag,
    default: (environment) => environment !== 'dev',
    meaning:
      'Whether the environment is protected from deletion, and left out unless `-c environment=` names it. A protected environment needs `account`.',
  },
  account: {
    schema: text(ACCOUNT_ID, 'the 12 digits of an account id, in quotes'),
    default: undefined,
    meaning: 'The AWS account of the stacks.',
  },
  region: {
    schema: text(REGION, 'a region such as eu-central-1'),
    default: undefined,
    meaning: 'The region of the stacks.',
  },
  reservedConcurrency: {
    schema: json(count('concurrent executions: a whole number from 1')),
    default: undefined,
    meaning:
      'Concurrent executions that Lambda reserves for the function, and to which it limits the function. Stacks of engineers reserve none. A new account, whose quota may be 10, cannot reserve any.',
  },
  concurrencyAlarm: {
    schema: json(count('concurrent executions: a whole number from 1')),
    default: CONCURRENCY_ALARM,
    meaning:
      'Concurrent executions of the function that raise an alarm. With `reservedConcurrency`, 80 % of that raises it instead.',
  },
  cloudWatchRole: {
    schema: flag,
    default: true,
    meaning:
      'Whether the global stack sets the role with which API Gateway writes logs. The AWS account has one such role per region, so set `false` if another stack sets it. Without any such role, the API stack cannot be deployed.',
  },
  readers: {
    schema: json(
      z.array(
        text(ROLE_ARN, 'the ARN of a role: arn:aws:iam::123456789012:role/name'),
        'expected a list such as ["arn:aws:iam::123456789012:role/bulk-job"], or []',
      ),
    ),
    default: [],
    meaning:
      'Further roles, such as those of bulk jobs, that may read a bucket in another account. The reader role and the printed bucket policy trust them like the role of the function.',
  },
};

export const SETTING_NAMES: readonly string[] = [...Object.keys(FUNCTION_SETTINGS), ...Object.keys(CDK_SETTINGS)];
