import { createPathMapping, ImageError, type PathMapping, type Route } from '../domain/index.ts';
import {
  type Conversion,
  choice,
  flag,
  list,
  optional,
  SettingFault,
  type SettingsTable,
  text,
  wholeNumber,
} from './setting.ts';

/** Settings of the function, named as in CDK. The table `SETTINGS` maps them to variables. */
export interface FunctionSettings {
  readonly environment: string;
  readonly bucket: string;
  /** Folder, with or without a trailing slash; empty for the whole bucket. */
  readonly prefix: string;
  readonly mapping: MappingSetting | undefined;
  readonly bucketAccount: string | undefined;
  /** Default: the region of the function. */
  readonly bucketRegion: string | undefined;
  readonly requesterPays: boolean;
  readonly readerRoleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly cacheControl: string;
  readonly corsOrigins: readonly string[];
  /** Whether `GET /` lists the images. */
  readonly listing: Switch;
  /** Whether `POST /` signs locations of images in the bucket. */
  readonly signedLocations: Switch;
  /** Bytes. A larger image is answered with a redirect to the bucket. Default: no redirects. */
  readonly redirectAbove: number | undefined;
  readonly logLevel: LogLevel;
  readonly storeConnectTimeoutMs: number;
  readonly storeFirstByteTimeoutMs: number;
  readonly storeIdleTimeoutMs: number;
  readonly storeResumeBudgetMs: number;
  readonly clientIdleTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

export interface MappingSetting {
  readonly routes: readonly Route[];
}

export type LogLevel = (typeof LOG_LEVELS)[number];

export type Switch = (typeof SWITCH)[number];

const SWITCH = ['off', 'on'] as const;

/** How the function sends an image: as the bytes arrive, or in one piece. */
export type ResponseMode = (typeof RESPONSE_MODES)[number];

export const RESPONSE_MODES = ['stream', 'buffered'] as const;

/** https://getpino.io/#/docs/api?id=logger-level */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Stage name that API Gateway accepts: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html */
const STAGE_NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Names of what the service cannot read, or that S3 does not allow, each with the reason and the fix. */
const UNUSABLE_BUCKETS: readonly (readonly [name: RegExp, reason: string])[] = [
  [
    /-s3alias$/,
    'the alias of an access point, which policies must name by its ARN; write the name of the bucket behind it',
  ],
  [
    /--ol-s3$/,
    'the alias of an Object Lambda access point, which needs more permissions than the function has; write the name of the bucket behind it',
  ],
  [
    /\.mrap$/,
    'the alias of a multi-Region access point, which the service does not support; write the name of a bucket behind it',
  ],
  [
    /--x-s3$/,
    'a directory bucket (S3 Express One Zone), whose sessions the service does not support; write the name of a general purpose bucket',
  ],
  [/--table-s3$/, 'a table bucket, which holds no images; write the name of a general purpose bucket'],
  [/^(?:xn--|sthree-|amzn-s3-demo-)/, 'a name with a prefix that S3 reserves; correct the name'],
  [/\.\./, 'a name with two dots in a row, which S3 does not allow; correct the name'],
  [/^\d+(?:\.\d+){3}$/, 'an IP address, which S3 does not allow as a name; correct the name'],
];

const bucketName: Conversion<string> = text(
  BUCKET_NAME,
  'the name of a bucket: 3 to 63 characters of a-z, 0-9, - and .',
);

const checkBucket = (value: unknown): string | SettingFault => {
  const name = bucketName.check(value);
  if (name instanceof SettingFault) return name;
  const [, reason] = UNUSABLE_BUCKETS.find(([pattern]) => pattern.test(name)) ?? [];
  return reason === undefined ? name : new SettingFault(`expected the name of a bucket, found ${reason}`);
};

/** https://docs.aws.amazon.com/general/latest/gr/s3.html */
export const REGION: RegExp = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

/** https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html */
export const ACCOUNT_ID: RegExp = /^\d{12}$/;

/**
 * ARN with a path of up to 512 characters and a name of up to 64. IAM allows more characters in a path, but some of
 * those are wildcards in the policy that allows the function to assume the role.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
 */
export const ROLE_ARN: RegExp =
  /^arn:aws[a-z-]*:iam::\d{12}:role\/(?=(?:.{0,510}\/)?[^/]*$)(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/** Printable ASCII without spaces at the ends: https://www.rfc-editor.org/rfc/rfc9110#name-field-values */
const FIELD_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** The characters of an origin: https://fetch.spec.whatwg.org/#origin-header */
const ORIGIN = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/;

const milliseconds = wholeNumber(1, 999_999, 'milliseconds: a whole number from 1 to 999999');

/** Checks only the shape. `mappingFaults` checks the routes. */
const checkMapping = (value: unknown): MappingSetting | SettingFault =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'routes'
    ? (value as MappingSetting)
    : new SettingFault('expected {"routes": [{"path": "…", "key": "…"}]}');

const mapping: Conversion<MappingSetting> = {
  check: checkMapping,
  parse: (json) => {
    try {
      return checkMapping(JSON.parse(json));
    } catch (error) {
      return new SettingFault(`expected JSON; ${(error as SyntaxError).message}`);
    }
  },
  format: (value) => JSON.stringify(value),
};

const ORIGINS = list(/^/, 'origins such as https://app.example.com, separated by commas, or *');

/** Rejects origins that no browser sends, because a browser compares them character by character. */
const checkOrigins = (origins: readonly string[] | SettingFault): readonly string[] | SettingFault => {
  if (origins instanceof SettingFault) return origins;
  if (origins.includes('*') && origins.length > 1)
    return new SettingFault('expected * alone, because * allows every origin; remove the other origins, or remove *');
  for (const origin of origins) {
    const sent = URL.parse(origin)?.origin ?? '';
    if (origin === '*' || (origin === sent && ORIGIN.test(sent))) continue;
    return ORIGIN.test(sent)
      ? new SettingFault(`expected an origin as browsers send it; write ${sent} instead of ${origin}`)
      : ORIGINS.check(undefined);
  }
  return origins;
};

const corsOrigins: Conversion<readonly string[]> = {
  ...ORIGINS,
  check: (value) => checkOrigins(ORIGINS.check(value)),
  parse: (written) => checkOrigins(ORIGINS.parse(written)),
};

const onOrOff: Conversion<Switch> = choice(SWITCH, 'on or off');

/** Largest object of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingObjects.html */
const MAX_OBJECT_BYTES = 50_000_000_000_000;

/**
 * Every setting of the function, in the order of the docs. The variables, the CDK settings, the CLI options and the
 * tables in the docs are all derived from this table.
 */
export const SETTINGS: SettingsTable<FunctionSettings> = {
  environment: {
    variable: 'ENVIRONMENT',
    ...text(STAGE_NAME, 'a name such as dev or prod: letters, digits, - and _'),
    meaning: 'The environment, such as `dev` or `prod`. Log lines and STS sessions carry its name.',
  },
  bucket: {
    variable: 'IMAGES_BUCKET',
    ...bucketName,
    parse: checkBucket,
    check: checkBucket,
    meaning: 'The bucket that holds the images.',
  },
  prefix: {
    variable: 'IMAGES_PREFIX',
    ...text(/^/, 'a folder of the bucket, such as images/partners'),
    default: '',
    meaning: 'The folder of the bucket that holds every key. Without it, keys begin at the root.',
  },
  mapping: {
    variable: 'IMAGES_MAPPING',
    ...optional(mapping),
    default: undefined,
    meaning:
      'The mapping, as JSON: `{"routes": [{"path": "…", "key": "…"}]}`. Without it, the key is the path, which must have an image extension.',
  },
  bucketAccount: {
    variable: 'IMAGES_BUCKET_OWNER',
    ...optional(text(ACCOUNT_ID, 'the 12 digits of an account id')),
    default: undefined,
    meaning: 'The AWS account that must own the bucket. S3 denies every request if another account owns it.',
  },
  bucketRegion: {
    variable: 'IMAGES_BUCKET_REGION',
    ...optional(text(REGION, 'a region such as eu-central-1')),
    default: undefined,
    meaning: 'The region of the bucket. Without it, the bucket is in the region of the function.',
  },
  requesterPays: {
    variable: 'IMAGES_REQUESTER_PAYS',
    ...flag,
    default: false,
    meaning:
      'Whether the account that reads the bucket pays for the requests. A Requester Pays bucket of another account denies them otherwise.',
  },
  readerRoleArn: {
    variable: 'IMAGES_ROLE_ARN',
    ...optional(text(ROLE_ARN, 'the ARN of a role: arn:aws:iam::123456789012:role/name')),
    default: undefined,
    meaning:
      'The reader role: the function assumes it to read the bucket. Without it, the function reads with its own role.',
  },
  externalId: {
    variable: 'IMAGES_ROLE_EXTERNAL_ID',
    ...optional(text(EXTERNAL_ID, '2 to 1,224 letters, digits and +=,.@:/-_')),
    default: undefined,
    meaning: 'The external ID that the trust policy of the reader role requires.',
  },
  cacheControl: {
    variable: 'CACHE_CONTROL',
    ...text(FIELD_VALUE, 'the value of a Cache-Control header'),
    default: 'private, max-age=3600',
    meaning: 'The `Cache-Control` header of images whose object has none.',
  },
  corsOrigins: {
    variable: 'CORS_ORIGINS',
    ...corsOrigins,
    default: [],
    meaning:
      'The origins whose scripts may read the responses, separated by commas, or `*`. Write them as browsers send them: in lower case, without a default port or a path.',
  },
  listing: {
    variable: 'LISTING',
    ...onOrOff,
    default: 'off',
    meaning: 'Whether `GET /` lists the images: `on` or `off`. Every API key can then list all of them.',
  },
  signedLocations: {
    variable: 'SIGNED_LOCATIONS',
    ...onOrOff,
    default: 'off',
    meaning:
      'Whether `POST /` returns signed URLs, with which clients read images directly from S3: `on` or `off`. It needs a bucket.',
  },
  redirectAbove: {
    variable: 'REDIRECT_ABOVE',
    ...optional(wholeNumber(0, MAX_OBJECT_BYTES, `bytes: a whole number from 0 to ${MAX_OBJECT_BYTES}`)),
    default: undefined,
    meaning:
      'Size in bytes. A GET request for a larger image gets a redirect to a signed URL of S3, except in browsers and for SVG. Without it, the service sends every image itself. It needs a bucket.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    ...choice(LOG_LEVELS, `one of ${LOG_LEVELS.join(', ')}`),
    default: 'info',
    meaning:
      'The lowest level of complete log lines: `trace` to `fatal`. A request below it has a short line, from which metrics are derived. `silent` writes nothing.',
  },
  storeConnectTimeoutMs: {
    variable: 'STORE_CONNECT_TIMEOUT_MS',
    ...milliseconds,
    default: 2_000,
    meaning: 'Timeout in milliseconds of each attempt to connect to S3 or STS.',
  },
  storeFirstByteTimeoutMs: {
    variable: 'STORE_FIRST_BYTE_TIMEOUT_MS',
    ...milliseconds,
    default: 5_000,
    meaning:
      'Timeout in milliseconds of each request to S3 or STS, from connecting to the first byte of the response. The SDK makes three attempts, with jitter between them.',
  },
  storeIdleTimeoutMs: {
    variable: 'STORE_IDLE_TIMEOUT_MS',
    ...milliseconds,
    default: 10_000,
    meaning:
      'Milliseconds that the service waits for the next bytes of an image before it requests the rest of the image again.',
  },
  storeResumeBudgetMs: {
    variable: 'STORE_RESUME_BUDGET_MS',
    ...milliseconds,
    default: 30_000,
    meaning:
      'Milliseconds that one image may lose after its first interruption, in failed reads and in requests for the rest of the image.',
  },
  clientIdleTimeoutMs: {
    variable: 'CLIENT_IDLE_TIMEOUT_MS',
    ...milliseconds,
    default: 60_000,
    meaning: 'Milliseconds that a client may leave sent bytes unread before the service cancels the transfer.',
  },
  answerTimeoutMs: {
    variable: 'ANSWER_TIMEOUT_MS',
    ...milliseconds,
    // Behind a buffered integration, API Gateway waits 29 s and starts counting before a cold start.
    default: 27_000,
    meaning:
      'Milliseconds until the response starts (in buffered mode: until it is complete). It also limits each wait for the next lines of a listing or a batch. Capped at one second less than the function timeout. API Gateway waits at most 29 seconds in buffered mode. In streaming mode, it allows 5 minutes without new bytes.',
  },
};

/** Defaults of all optional settings. */
export const DEFAULTS: Omit<FunctionSettings, 'environment' | 'bucket'> = Object.fromEntries(
  Object.entries(SETTINGS).flatMap(([name, setting]) => ('default' in setting ? [[name, setting.default]] : [])),
) as unknown as Omit<FunctionSettings, 'environment' | 'bucket'>;

/** @throws ImageError `invalid-mapping`; the message has one line per fault. */
export const toPathMapping = ({ prefix, mapping: given }: Pick<FunctionSettings, 'prefix' | 'mapping'>): PathMapping =>
  createPathMapping({ ...given, prefix });

/** Faults of a prefix and a mapping, each with the name of the setting that causes it. */
export const mappingFaults = (
  settings: Pick<FunctionSettings, 'prefix' | 'mapping'>,
): readonly (readonly [setting: 'prefix' | 'mapping', fault: string])[] => {
  try {
    toPathMapping(settings);
    return [];
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return error.message.split('\n').map((line) => [line.startsWith('prefix') ? 'prefix' : 'mapping', line]);
  }
};

/** Variables of the commands that send requests to a deployed service. */
export const CLIENT_VARIABLES = { url: 'IMAGES_API_URL', apiKey: 'IMAGES_API_KEY' } as const;
