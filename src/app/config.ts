import * as z from 'zod/mini';
import { ImageError } from '../domain/errors.ts';
import { createPathMapping, type Mapping, type PathMapping } from '../domain/mapping/path-mapping.ts';

/** Everything that can be set, checked. */
export interface Config {
  readonly environment: string;
  readonly logLevel: LogLevel;
  readonly source: BucketSource | DirectorySource;
  readonly mapping: PathMapping;
  readonly cacheControl: string;
  readonly corsOrigins: readonly string[];
  readonly timeouts: Timeouts;
}

/** In milliseconds. */
interface Timeouts {
  /** Of one attempt at the store: until there is a connection, … */
  readonly connect: number;
  /** … until its answer begins, … */
  readonly firstByte: number;
  /** … and, while its bytes are waited for, until the next ones. */
  readonly idle: number;
  /** Of a whole request: until its answer begins, and in the buffered mode is complete. */
  readonly answer: number;
  readonly client: number;
  readonly resume: number;
}

/** Where the images are: in a bucket, read with the process's own credentials or with a role that it assumes, … */
export interface BucketSource {
  readonly kind: 'bucket';
  readonly bucket: string;
  readonly owner: string | undefined;
  readonly role: { readonly arn: string; readonly externalId: string | undefined } | undefined;
}

/** … or in a folder of this machine. */
interface DirectorySource {
  readonly kind: 'directory';
  readonly directory: string;
}

export interface LocalConfig extends Config {
  readonly port: number;
  readonly responseMode: 'stream' | 'buffered';
  /** Undefined: one is made for this start. */
  readonly apiKey: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;
type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The configuration of the function.
 *
 * @throws ConfigError that lists every variable that is missing or wrong.
 */
export const readConfig = (env: Environment): Config & { readonly source: BucketSource } => {
  const { settings, mapping } = parse(functionSettings(), env);
  return { ...toConfig(settings, mapping), source: toBucket(settings.IMAGES_BUCKET, settings) };
};

/**
 * The configuration of the local gateway: that of the function with defaults, and a folder where no bucket is named.
 *
 * @throws ConfigError that lists every variable that is wrong.
 */
export const readLocalConfig = (env: Environment, samples: string): LocalConfig => {
  const { settings, mapping } = parse(localSettings(), env);
  const { IMAGES_BUCKET: bucket, IMAGES_DIRECTORY: directory = samples } = settings;
  return {
    ...toConfig(settings, mapping),
    source: bucket === undefined ? { kind: 'directory', directory } : toBucket(bucket, settings),
    port: Number(settings.PORT),
    responseMode: settings.RESPONSE_MODE,
    apiKey: settings.API_KEY,
  };
};

/**
 * The mapping alone, for who has no bucket.
 *
 * @throws ConfigError that lists everything that is wrong with the mapping and the prefix.
 */
export const readPathMapping = (env: Environment): PathMapping => {
  const faults: string[] = [];
  const mapping = readMapping(withoutEmpty(env), faults);
  if (mapping === undefined) throw new ConfigError(faults);
  return mapping;
};

/** The variables that a command line may set instead, by the name of its option. */
export const OPTION_VARIABLES = {
  environment: 'ENVIRONMENT',
  bucket: 'IMAGES_BUCKET',
  bucketOwner: 'IMAGES_BUCKET_OWNER',
  prefix: 'IMAGES_PREFIX',
  mapping: 'IMAGES_MAPPING',
  role: 'IMAGES_ROLE_ARN',
  externalId: 'IMAGES_ROLE_EXTERNAL_ID',
} as const;

export type Options = { readonly [Option in keyof typeof OPTION_VARIABLES]?: string };

/** The environment as it would be with the options in it. */
export const withOptions = (env: Environment, options: Options): Environment => {
  const given = Object.entries(OPTION_VARIABLES).flatMap(([option, variable]) => {
    const value = options[option as keyof Options];
    return value === undefined ? [] : [[variable, value]];
  });
  return { ...env, ...Object.fromEntries(given) };
};

/** Thrown at the start; its message has one line for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(['The configuration cannot be used:', ...faults.map((fault) => `- ${fault}`)].join('\n'));
    this.faults = faults;
  }
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const matching = (pattern: RegExp, expected: string) =>
  z.string(`missing; ${expected}`).check(z.regex(pattern, expected));

// Names as API Gateway allows them for a stage.
const ENVIRONMENT = matching(/^[A-Za-z0-9_-]{1,128}$/, 'expected a name such as dev or prod: letters, digits, - and _');
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const BUCKET = matching(
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  'expected the name of a bucket: 3 to 63 of a-z, 0-9, - and .',
);

const MILLISECONDS = z
  .string()
  .check(z.regex(/^[1-9]\d{0,5}$/, 'expected milliseconds: a whole number from 1 to 999999'));

const Settings = z.object({
  LOG_LEVEL: z._default(z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(', ')}`), 'info'),
  IMAGES_ROLE_ARN: z.optional(
    matching(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
      'expected the ARN of a role: arn:aws:iam::123456789012:role/name',
    ),
  ),
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  IMAGES_ROLE_EXTERNAL_ID: z.optional(
    matching(/^[\w+=,.@:/-]{2,1224}$/, 'expected 2 to 1,224 letters, digits and +=,.@:/-_'),
  ),
  IMAGES_BUCKET_OWNER: z.optional(matching(/^\d{12}$/, 'expected the 12 digits of an account id')),
  CACHE_CONTROL: z._default(
    matching(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'expected the value of a Cache-Control header'),
    'private, max-age=3600',
  ),
  CORS_ORIGINS: z._default(
    z
      .string()
      .check(
        z.refine(
          (list) => splitList(list).every((origin) => /^(?:\*|https?:\/\/[^/\s?#]+)$/.test(origin)),
          'expected origins such as https://app.example.com, separated by commas, or *',
        ),
      ),
    '',
  ),
  STORE_CONNECT_TIMEOUT_MS: z._default(MILLISECONDS, '2000'),
  STORE_FIRST_BYTE_TIMEOUT_MS: z._default(MILLISECONDS, '5000'),
  STORE_IDLE_TIMEOUT_MS: z._default(MILLISECONDS, '10000'),
  // API Gateway gives up after 29 s, which it counts from before a cold start.
  ANSWER_TIMEOUT_MS: z._default(MILLISECONDS, '27000'),
});

const functionSettings = () => z.extend(Settings, { ENVIRONMENT, IMAGES_BUCKET: BUCKET });

const localSettings = () =>
  z.extend(Settings, {
    ENVIRONMENT: z._default(ENVIRONMENT, 'dev'),
    IMAGES_BUCKET: z.optional(BUCKET),
    IMAGES_DIRECTORY: z.optional(z.string()),
    PORT: z._default(
      z
        .string()
        .check(z.refine((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535, 'expected a port: 0 to 65535')),
      '3000',
    ),
    RESPONSE_MODE: z._default(z.enum(['stream', 'buffered'], 'expected stream or buffered'), 'stream'),
    // As API Gateway limits the value of a key.
    API_KEY: z.optional(matching(/^[A-Za-z0-9]{20,128}$/, 'expected 20 to 128 letters and digits')),
  });

const parse = <Schema extends z.ZodMiniType>(
  schema: Schema,
  env: Environment,
): { settings: z.output<Schema>; mapping: PathMapping } => {
  const given = withoutEmpty(env);
  const faults: string[] = [];
  // It is asked once: a parser that is compiled for it takes longer than it saves.
  const result = schema.safeParse(given, { jitless: true });
  if (!result.success) faults.push(...result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  if (given['IMAGES_ROLE_EXTERNAL_ID'] !== undefined && given['IMAGES_ROLE_ARN'] === undefined) {
    faults.push('IMAGES_ROLE_EXTERNAL_ID: goes with IMAGES_ROLE_ARN, which is missing');
  }
  const mapping = readMapping(given, faults);
  if (!result.success || mapping === undefined || faults.length > 0) throw new ConfigError(faults);
  return { settings: result.data, mapping };
};

/** A variable that is set to nothing is not set: that is how a template leaves one out. */
const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

const readMapping = (
  { IMAGES_PREFIX: prefix = '', IMAGES_MAPPING: json }: Environment,
  faults: string[],
): PathMapping | undefined => {
  try {
    return createPathMapping({ ...(json === undefined ? {} : readRoutes(json)), prefix });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const lines = error.message.split('\n');
    faults.push(...lines.map((line) => `${line.startsWith('prefix') ? 'IMAGES_PREFIX' : 'IMAGES_MAPPING'}: ${line}`));
    return undefined;
  }
};

const readRoutes = (json: string): Mapping => {
  try {
    const mapping: unknown = JSON.parse(json);
    // Whatever the routes are, the domain checks them.
    if (typeof mapping === 'object' && mapping !== null && Object.keys(mapping).join() === 'routes') return mapping;
    throw new ImageError('invalid-mapping', 'expected {"routes": [{"path": "…", "key": "…"}]}');
  } catch (error) {
    if (error instanceof SyntaxError) throw new ImageError('invalid-mapping', `expected JSON; ${error.message}`);
    throw error;
  }
};

type CommonSettings = z.output<typeof Settings> & { readonly ENVIRONMENT: string };

const toConfig = (settings: CommonSettings, mapping: PathMapping): Omit<Config, 'source'> => ({
  environment: settings.ENVIRONMENT,
  logLevel: settings.LOG_LEVEL,
  mapping,
  cacheControl: settings.CACHE_CONTROL,
  corsOrigins: splitList(settings.CORS_ORIGINS),
  timeouts: {
    connect: Number(settings.STORE_CONNECT_TIMEOUT_MS),
    firstByte: Number(settings.STORE_FIRST_BYTE_TIMEOUT_MS),
    idle: Number(settings.STORE_IDLE_TIMEOUT_MS),
    answer: Number(settings.ANSWER_TIMEOUT_MS),
    client: 60_000,
    resume: 30_000,
  },
});

const toBucket = (
  bucket: string,
  { IMAGES_BUCKET_OWNER, IMAGES_ROLE_ARN, IMAGES_ROLE_EXTERNAL_ID }: CommonSettings,
): BucketSource => ({
  kind: 'bucket',
  bucket,
  owner: IMAGES_BUCKET_OWNER,
  role: IMAGES_ROLE_ARN === undefined ? undefined : { arn: IMAGES_ROLE_ARN, externalId: IMAGES_ROLE_EXTERNAL_ID },
});

const splitList = (list: string): string[] =>
  list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
