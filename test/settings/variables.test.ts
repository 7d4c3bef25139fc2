import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GATEWAY_SETTINGS } from '../../src/settings/gateway-settings.ts';
import { type Setting, SettingsError } from '../../src/settings/setting.ts';
import { DEFAULTS, type FunctionSettings, mappingFaults, SETTINGS } from '../../src/settings/settings.ts';
import { readLocalSettings, readPathMapping, readSettings, toVariables } from '../../src/settings/variables.ts';
import { mappings } from '../../src/testing/index.ts';

const REQUIRED = { ENVIRONMENT: 'prod', IMAGES_BUCKET: 'images' };
const ROLE_ARN = 'arn:aws:iam::123456789012:role/r';

const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
};

const textOf = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });

const LOWER_CASE = 'abcdefghijklmnopqrstuvwxyz0123456789';
const WORD = `${LOWER_CASE}ABCDEFGHIJKLMNOPQRSTUVWXYZ_-`;
const VISIBLE = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => index + 0x21));

const accounts = textOf('0123456789', 12, 12);
const roleArns = fc
  .record({
    partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
    account: accounts,
    folders: fc.array(textOf(`${WORD}+=,.@`, 1, 20), { maxLength: 3 }),
    name: textOf(`${WORD}+=,.@`, 1, 64),
  })
  .map(
    ({ partition, account, folders, name }) => `arn:${partition}:iam::${account}:role/${[...folders, name].join('/')}`,
  );
const origins = fc.oneof(
  fc.constant(['*']),
  fc.array(
    fc
      .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.option(fc.nat({ max: 65_535 })))
      .map(([scheme, host, port]) => `${scheme}://${host}${port === null ? '' : `:${port}`}`)
      .filter((url) => URL.canParse(url))
      .map((url) => new URL(url).origin),
    { maxLength: 4 },
  ),
);
const milliseconds = fc.integer({ min: 1, max: 999_999 });

const otherSettings: fc.Arbitrary<Omit<FunctionSettings, 'prefix' | 'mapping' | 'readerRoleArn' | 'externalId'>> =
  fc.record({
    environment: textOf(WORD, 1, 128),
    bucket: fc
      .tuple(textOf(LOWER_CASE, 1, 1), textOf(`${LOWER_CASE}.-`, 1, 61), textOf(LOWER_CASE, 1, 1))
      .map((parts) => parts.join(''))
      .filter((name) => !/\.\.|^xn--|^sthree-|-s3(?:alias)?$|\.mrap$|^\d+(?:\.\d+){3}$/.test(name)),
    bucketAccount: fc.option(accounts, { nil: undefined }),
    bucketRegion: fc.constantFrom(undefined, 'eu-west-1', 'us-gov-west-1', 'ap-southeast-4'),
    requesterPays: fc.boolean(),
    cacheControl: fc.oneof(
      fc.constant(DEFAULTS.cacheControl),
      fc
        .tuple(textOf(VISIBLE, 1, 1), textOf(`${VISIBLE} `, 0, 40), textOf(VISIBLE, 1, 1))
        .map((parts) => parts.join('')),
    ),
    corsOrigins: origins,
    listing: fc.constantFrom('off', 'on'),
    signedLocations: fc.constantFrom('off', 'on'),
    redirectAbove: fc.option(fc.nat({ max: 50_000_000_000_000 }), { nil: undefined }),
    logLevel: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    storeConnectTimeoutMs: milliseconds,
    storeFirstByteTimeoutMs: milliseconds,
    storeIdleTimeoutMs: milliseconds,
    storeResumeBudgetMs: milliseconds,
    clientIdleTimeoutMs: milliseconds,
    answerTimeoutMs: milliseconds,
  });
const mapped: fc.Arbitrary<Pick<FunctionSettings, 'prefix' | 'mapping'>> = fc.oneof(
  fc.constant({ prefix: '', mapping: undefined }),
  mappings().map(({ prefix = '', routes = [] }) => ({ prefix, mapping: { routes } })),
);
const readers: fc.Arbitrary<Pick<FunctionSettings, 'readerRoleArn' | 'externalId'>> = fc.oneof(
  fc.constant({ readerRoleArn: undefined, externalId: undefined }),
  fc.record({
    readerRoleArn: roleArns,
    externalId: fc.option(textOf(`${WORD}+=,.@:/`, 2, 80), { nil: undefined }),
  }),
);
const settings: fc.Arbitrary<FunctionSettings> = fc
  .tuple(otherSettings, mapped, readers)
  .map(([rest, mapping, reader]) => ({ ...rest, ...mapping, ...reader }));

describe('readSettings', () => {
  test('requires an environment and a bucket, and has defaults for all other settings', () => {
    expect(readSettings(REQUIRED)).toEqual({
      environment: 'prod',
      bucket: 'images',
      prefix: '',
      mapping: undefined,
      bucketAccount: undefined,
      bucketRegion: undefined,
      requesterPays: false,
      readerRoleArn: undefined,
      externalId: undefined,
      cacheControl: 'private, max-age=3600',
      corsOrigins: [],
      listing: 'off',
      signedLocations: 'off',
      redirectAbove: undefined,
      logLevel: 'info',
      storeConnectTimeoutMs: 2_000,
      storeFirstByteTimeoutMs: 5_000,
      storeIdleTimeoutMs: 10_000,
      storeResumeBudgetMs: 30_000,
      clientIdleTimeoutMs: 60_000,
      answerTimeoutMs: 27_000,
    });
  });

  test('reads every variable', () => {
    const env = {
      ...REQUIRED,
      LOG_LEVEL: 'debug',
      IMAGES_PREFIX: 'partners/images/',
      IMAGES_MAPPING: '{"routes":[{"path":"{id}.{ext:image}","key":"{id}/original.{ext}"}]}',
      IMAGES_ROLE_ARN: 'arn:aws:iam::123456789012:role/path/reader',
      IMAGES_ROLE_EXTERNAL_ID: 'external-id',
      IMAGES_BUCKET_OWNER: '123456789012',
      IMAGES_BUCKET_REGION: 'us-gov-west-1',
      IMAGES_REQUESTER_PAYS: 'true',
      CACHE_CONTROL: 'public, max-age=1',
      CORS_ORIGINS: ' https://a.example , http://localhost:5173,',
      LISTING: 'on',
      SIGNED_LOCATIONS: 'on',
      REDIRECT_ABOVE: '6000000',
      STORE_CONNECT_TIMEOUT_MS: '1',
      STORE_FIRST_BYTE_TIMEOUT_MS: '2',
      STORE_IDLE_TIMEOUT_MS: '3',
      STORE_RESUME_BUDGET_MS: '4',
      CLIENT_IDLE_TIMEOUT_MS: '5',
      ANSWER_TIMEOUT_MS: '999999',
    };
    expect(Object.keys(env).sort()).toEqual(
      Object.values(SETTINGS)
        .map(({ variable }) => variable)
        .sort(),
    );
    expect(readSettings(env)).toEqual({
      environment: 'prod',
      bucket: 'images',
      prefix: 'partners/images/',
      mapping: { routes: [{ path: '{id}.{ext:image}', key: '{id}/original.{ext}' }] },
      bucketAccount: '123456789012',
      bucketRegion: 'us-gov-west-1',
      requesterPays: true,
      readerRoleArn: 'arn:aws:iam::123456789012:role/path/reader',
      externalId: 'external-id',
      cacheControl: 'public, max-age=1',
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      listing: 'on',
      signedLocations: 'on',
      redirectAbove: 6_000_000,
      logLevel: 'debug',
      storeConnectTimeoutMs: 1,
      storeFirstByteTimeoutMs: 2,
      storeIdleTimeoutMs: 3,
      storeResumeBudgetMs: 4,
      clientIdleTimeoutMs: 5,
      answerTimeoutMs: 999_999,
    });
  });

  test('treats an empty variable as not set', () => {
    const empty = Object.fromEntries(Object.values(SETTINGS).map(({ variable }) => [variable, '']));
    expect(readSettings({ ...empty, ...REQUIRED })).toEqual(readSettings(REQUIRED));
  });

  test.each([
    ['the longest path and name', `arn:aws:iam::123456789012:role/${'p'.repeat(510)}/${'n'.repeat(64)}`],
    ['a name with every special character', 'arn:aws-us-gov:iam::123456789012:role/_+=,.@-'],
  ])('accepts a role with %s', (_, arn) => {
    expect(readSettings({ ...REQUIRED, IMAGES_ROLE_ARN: arn }).readerRoleArn).toBe(arn);
  });

  test.each([
    [{ ENVIRONMENT: undefined }, 'ENVIRONMENT: missing; expected a name such as dev or prod: letters, digits, - and _'],
    [{ ENVIRONMENT: '' }, /^ENVIRONMENT: missing/],
    [{ ENVIRONMENT: 'a b' }, 'ENVIRONMENT: expected a name such as dev or prod: letters, digits, - and _'],
    [
      { IMAGES_BUCKET: undefined },
      'IMAGES_BUCKET: missing; expected the name of a bucket: 3 to 63 characters of a-z, 0-9, - and .',
    ],
    [{ IMAGES_BUCKET: 'Images' }, /^IMAGES_BUCKET: expected the name of a bucket/],
    [{ IMAGES_BUCKET: 's3://images' }, /^IMAGES_BUCKET: expected/],
    [{ IMAGES_BUCKET_REGION: 'Frankfurt' }, 'IMAGES_BUCKET_REGION: expected a region such as eu-central-1'],
    [{ IMAGES_REQUESTER_PAYS: 'yes' }, 'IMAGES_REQUESTER_PAYS: expected true or false'],
    [{ LISTING: 'true' }, 'LISTING: expected on or off'],
    [{ SIGNED_LOCATIONS: 'yes' }, 'SIGNED_LOCATIONS: expected on or off'],
    [{ REDIRECT_ABOVE: '6 MB' }, 'REDIRECT_ABOVE: expected bytes: a whole number from 0 to 50000000000000'],
    [{ REDIRECT_ABOVE: '-1' }, /^REDIRECT_ABOVE: expected bytes/],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent'],
    [{ IMAGES_PREFIX: '/a' }, /^IMAGES_PREFIX: prefix "\/a": it has an empty segment/],
    [{ IMAGES_MAPPING: '{' }, /^IMAGES_MAPPING: expected JSON; /],
    [{ IMAGES_MAPPING: 'null' }, 'IMAGES_MAPPING: expected {"routes": [{"path": "…", "key": "…"}]}'],
    [{ IMAGES_MAPPING: '[]' }, /^IMAGES_MAPPING: expected \{"routes"/],
    [{ IMAGES_MAPPING: '{"routes":[],"prefix":"x"}' }, /^IMAGES_MAPPING: expected \{"routes"/],
    [{ IMAGES_MAPPING: '{"routes":[]}' }, /^IMAGES_MAPPING: routes: expected a list/],
    [
      { IMAGES_MAPPING: '{"routes":[{"path":"a{","key":"b"}]}' },
      /^IMAGES_MAPPING: route 1, path, column 2: a "{" is never closed/,
    ],
    [{ IMAGES_ROLE_ARN: 'reader' }, 'IMAGES_ROLE_ARN: expected the ARN of a role: arn:aws:iam::123456789012:role/name'],
    [{ IMAGES_ROLE_ARN: 'arn:aws:iam::123456789012:user/r' }, /^IMAGES_ROLE_ARN: expected/],
    [{ IMAGES_ROLE_ARN: `arn:aws:iam::123456789012:role/${'n'.repeat(65)}` }, /^IMAGES_ROLE_ARN: expected/],
    [{ IMAGES_ROLE_ARN: `arn:aws:iam::123456789012:role/${'p/'.repeat(256)}name` }, /^IMAGES_ROLE_ARN: expected/],
    [{ IMAGES_ROLE_ARN: 'arn:aws:iam::123456789012:role/path/' }, /^IMAGES_ROLE_ARN: expected/],
    [{ IMAGES_ROLE_ARN: 'arn:aws:iam::123456789012:role/path/*' }, /^IMAGES_ROLE_ARN: expected/],
    [
      { IMAGES_ROLE_EXTERNAL_ID: 'x y', IMAGES_ROLE_ARN: ROLE_ARN },
      'IMAGES_ROLE_EXTERNAL_ID: expected 2 to 1,224 letters, digits and +=,.@:/-_',
    ],
    [
      { IMAGES_ROLE_EXTERNAL_ID: 'id' },
      'IMAGES_ROLE_EXTERNAL_ID: has no effect without IMAGES_ROLE_ARN; set IMAGES_ROLE_ARN as well',
    ],
    [
      { IMAGES_ROLE_EXTERNAL_ID: 'id', IMAGES_ROLE_ARN: 'reader' },
      'IMAGES_ROLE_ARN: expected the ARN of a role: arn:aws:iam::123456789012:role/name',
    ],
    [{ IMAGES_BUCKET_OWNER: '123' }, 'IMAGES_BUCKET_OWNER: expected the 12 digits of an account id'],
    [{ CACHE_CONTROL: 'a\nb' }, 'CACHE_CONTROL: expected the value of a Cache-Control header'],
    ...[
      'a.example',
      'null',
      'ftp://a.example',
      'https://',
      'https://*.example',
      "https://a'b.example",
      'https://a$b.example',
      'https://a.example:65536',
    ].map((origin) => [
      { CORS_ORIGINS: origin },
      'CORS_ORIGINS: expected origins such as https://app.example.com, separated by commas, or *',
    ]),
    ...[
      ['https://a.example/x', 'https://a.example'],
      ['https://a.example/', 'https://a.example'],
      ['https://A.example', 'https://a.example'],
      ['HTTPS://a.example', 'https://a.example'],
      ['https://a.example:443', 'https://a.example'],
      ['http://a.example:80', 'http://a.example'],
      ['http://a.example:0080', 'http://a.example'],
      ['https://user@a.example', 'https://a.example'],
      ['https://ä.example', 'https://xn--4ca.example'],
      ['http://[0:0::1]:5173', 'http://[::1]:5173'],
    ].map(([origin, sent]) => [
      { CORS_ORIGINS: `https://b.example,${origin}` },
      `CORS_ORIGINS: expected an origin as browsers send it; write ${sent} instead of ${origin}`,
    ]),
    [
      { CORS_ORIGINS: 'https://a.example,*' },
      'CORS_ORIGINS: expected * alone, because * allows every origin; remove the other origins, or remove *',
    ],
    [{ STORE_CONNECT_TIMEOUT_MS: '-1' }, /^STORE_CONNECT_TIMEOUT_MS: expected milliseconds/],
    [{ STORE_FIRST_BYTE_TIMEOUT_MS: '1e3' }, /^STORE_FIRST_BYTE_TIMEOUT_MS: expected milliseconds/],
    [{ STORE_IDLE_TIMEOUT_MS: '0' }, 'STORE_IDLE_TIMEOUT_MS: expected milliseconds: a whole number from 1 to 999999'],
    [{ STORE_RESUME_BUDGET_MS: '1000000' }, /^STORE_RESUME_BUDGET_MS: expected milliseconds/],
    [{ CLIENT_IDLE_TIMEOUT_MS: '1.5' }, /^CLIENT_IDLE_TIMEOUT_MS: expected milliseconds/],
    [{ ANSWER_TIMEOUT_MS: '27s' }, /^ANSWER_TIMEOUT_MS: expected milliseconds/],
  ] as [Record<string, string | undefined>, string | RegExp][])('rejects %j', (changes, fault) => {
    const faults = faultsOf(() => readSettings({ ...REQUIRED, ...changes }));
    expect(faults).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });

  test.each([
    ['images-4b7c2s3kx9fqa8d1-s3alias', 'the alias of an access point'],
    ['images-4b7c2s3kx9fqa8d1--ol-s3', 'the alias of an Object Lambda access point'],
    ['mfzwi23gnjvgw.mrap', 'the alias of a multi-Region access point'],
    ['images--euc1-az1--x-s3', 'a directory bucket (S3 Express One Zone)'],
    ['images--table-s3', 'a table bucket'],
    ['xn--images', 'a name with a prefix that S3 reserves'],
    ['sthree-images', 'a name with a prefix that S3 reserves'],
    ['amzn-s3-demo-images', 'a name with a prefix that S3 reserves'],
    ['my..images', 'a name with two dots in a row'],
    ['192.168.5.4', 'an IP address'],
  ])('rejects the bucket %s, because it is %s', (name, reason) => {
    const [fault, ...others] = faultsOf(() => readSettings({ ...REQUIRED, IMAGES_BUCKET: name }));
    expect(fault).toContain(`IMAGES_BUCKET: expected the name of a bucket, found ${reason}`);
    expect(fault).toMatch(/; (?:write|correct) the name/);
    expect(others).toEqual([]);
  });

  test.each(['images-s3', 'my.images', '1.2.3', '1.2.3.4.5', 's3alias', 'images-111111111111-eu-central-1-an'])(
    'accepts the bucket %s',
    (name) => {
      expect(readSettings({ ...REQUIRED, IMAGES_BUCKET: name }).bucket).toBe(name);
    },
  );

  test('lists all faults in one message', () => {
    const wrong = {
      LOG_LEVEL: 'x',
      IMAGES_PREFIX: '//',
      IMAGES_MAPPING: '{"routes":[{"path":"}","key":"{"}]}',
      IMAGES_BUCKET_OWNER: '1',
    };
    let message = '';
    try {
      readSettings(wrong);
    } catch (error) {
      message = (error as Error).message;
    }
    const [title, ...lines] = message.split('\n');
    expect(title).toBe('The configuration cannot be used:');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '- ENVIRONMENT',
      '- IMAGES_BUCKET',
      '- IMAGES_BUCKET_OWNER',
      '- LOG_LEVEL',
      '- IMAGES_PREFIX',
      '- IMAGES_MAPPING',
      '- IMAGES_MAPPING',
    ]);
  });

  test('throws no error other than a SettingsError for any variables', () => {
    const names = Object.values({ ...SETTINGS, ...GATEWAY_SETTINGS }).map(({ variable }) => variable);
    const value = fc.oneof(fc.string(), fc.json());
    const environments = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(environments, (env) => {
        faultsOf(() => readSettings(env));
        faultsOf(() => readLocalSettings(env, 'samples'));
        faultsOf(() => readPathMapping(env));
      }),
    );
  });
});

describe('toVariables', () => {
  test('returns variables that readSettings turns back into the same settings', () => {
    fc.assert(
      fc.property(settings, (given) => {
        expect(readSettings(toVariables(given))).toEqual(given);
      }),
    );
  });

  test('leaves out settings with their default value', () => {
    expect(toVariables({ ...DEFAULTS, environment: 'prod', bucket: 'images' })).toEqual(REQUIRED);
  });

  test('returns the variable of every setting that differs from its default', () => {
    const given: FunctionSettings = {
      environment: 'dev',
      bucket: 'images',
      prefix: 'p',
      mapping: { routes: [{ path: '{a}', key: '{a}' }] },
      bucketAccount: '123456789012',
      bucketRegion: 'eu-west-1',
      requesterPays: true,
      readerRoleArn: ROLE_ARN,
      externalId: 'id',
      cacheControl: 'no-cache',
      corsOrigins: ['https://a.example', 'https://b.example'],
      listing: 'on',
      signedLocations: 'on',
      redirectAbove: 0,
      logLevel: 'warn',
      storeConnectTimeoutMs: 1,
      storeFirstByteTimeoutMs: 2,
      storeIdleTimeoutMs: 3,
      storeResumeBudgetMs: 4,
      clientIdleTimeoutMs: 5,
      answerTimeoutMs: 6,
    };
    expect(toVariables(given)).toEqual({
      ENVIRONMENT: 'dev',
      IMAGES_BUCKET: 'images',
      IMAGES_PREFIX: 'p',
      IMAGES_MAPPING: '{"routes":[{"path":"{a}","key":"{a}"}]}',
      IMAGES_BUCKET_OWNER: '123456789012',
      IMAGES_BUCKET_REGION: 'eu-west-1',
      IMAGES_REQUESTER_PAYS: 'true',
      IMAGES_ROLE_ARN: ROLE_ARN,
      IMAGES_ROLE_EXTERNAL_ID: 'id',
      CACHE_CONTROL: 'no-cache',
      CORS_ORIGINS: 'https://a.example,https://b.example',
      LISTING: 'on',
      SIGNED_LOCATIONS: 'on',
      REDIRECT_ABOVE: '0',
      LOG_LEVEL: 'warn',
      STORE_CONNECT_TIMEOUT_MS: '1',
      STORE_FIRST_BYTE_TIMEOUT_MS: '2',
      STORE_IDLE_TIMEOUT_MS: '3',
      STORE_RESUME_BUDGET_MS: '4',
      CLIENT_IDLE_TIMEOUT_MS: '5',
      ANSWER_TIMEOUT_MS: '6',
    });
  });
});

describe('readLocalSettings', () => {
  test('requires no variable', () => {
    expect(readLocalSettings({}, 'the-samples')).toEqual({
      ...DEFAULTS,
      environment: 'dev',
      bucket: undefined,
      directory: 'the-samples',
      port: 3000,
      responseMode: 'stream',
      apiKey: undefined,
    });
  });

  test('rejects signed locations and redirects without a bucket, and accepts them with one', () => {
    const env = { SIGNED_LOCATIONS: 'on', REDIRECT_ABOVE: '0' };
    expect(faultsOf(() => readLocalSettings(env, 's'))).toEqual([
      'SIGNED_LOCATIONS: needs a bucket, because only S3 signs URLs; set IMAGES_BUCKET, or remove SIGNED_LOCATIONS',
      'REDIRECT_ABOVE: needs a bucket, because only S3 signs URLs; set IMAGES_BUCKET, or remove REDIRECT_ABOVE',
    ]);
    expect(readLocalSettings({ ...env, IMAGES_BUCKET: 'images' }, 's')).toMatchObject({
      signedLocations: 'on',
      redirectAbove: 0,
    });
    expect(readLocalSettings({ SIGNED_LOCATIONS: 'off', LISTING: 'on' }, 's').listing).toBe('on');
  });

  test('reads a directory and a bucket', () => {
    expect(readLocalSettings({ IMAGES_DIRECTORY: 'x' }, 's')).toMatchObject({ directory: 'x', bucket: undefined });
    expect(readLocalSettings({ IMAGES_DIRECTORY: 'x', IMAGES_BUCKET: 'images' }, 's').bucket).toBe('images');
  });

  test('reads the settings of the gateway and of the function', () => {
    const env = {
      PORT: '0',
      RESPONSE_MODE: 'buffered',
      API_KEY: 'x'.repeat(20),
      THROTTLE: '200, 400',
      QUOTA: '5000',
      ENVIRONMENT: 'alice',
      LOG_LEVEL: 'warn',
    };
    expect(readLocalSettings(env, 's')).toMatchObject({
      port: 0,
      responseMode: 'buffered',
      apiKey: 'x'.repeat(20),
      throttle: { rateLimit: 200, burstLimit: 400 },
      quota: 5_000,
      environment: 'alice',
      logLevel: 'warn',
    });
  });

  test.each([
    [{ PORT: 'x' }, 'PORT: expected a port: 0 to 65535'],
    [{ PORT: '65536' }, 'PORT: expected a port: 0 to 65535'],
    [{ RESPONSE_MODE: 'chunked' }, 'RESPONSE_MODE: expected stream or buffered'],
    [{ API_KEY: 'short' }, 'API_KEY: expected 20 to 128 letters and digits'],
    ...['200', '200,', ',400', '0,1', '1,0', '1.5,2', '1,2,3', '-1,2', 'a,b', '1000000001,1'].map(
      (THROTTLE): [Record<string, string>, string] => [
        { THROTTLE },
        'THROTTLE: expected requests per second and requests at once: two whole numbers such as 200,400',
      ],
    ),
    ...['0', '-1', '1.5', '1e3', 'x', '1000000001'].map((QUOTA): [Record<string, string>, string] => [
      { QUOTA },
      'QUOTA: expected a whole number from 1 to 1000000000',
    ]),
    [{ IMAGES_BUCKET: 'X' }, 'IMAGES_BUCKET: expected the name of a bucket: 3 to 63 characters of a-z, 0-9, - and .'],
    [{ IMAGES_PREFIX: '//' }, expect.stringMatching(/^IMAGES_PREFIX: prefix/)],
  ])('rejects %j', (env, fault) => {
    expect(faultsOf(() => readLocalSettings(env, 's'))).toEqual([fault]);
  });
});

test.each(Object.entries(GATEWAY_SETTINGS))('%s formats its value as a variable that it can parse', (name, setting) => {
  const values: Readonly<Record<string, unknown>> = {
    directory: '/images',
    port: 3000,
    responseMode: 'stream',
    apiKey: 'x'.repeat(20),
    throttle: { rateLimit: 200, burstLimit: 400 },
    quota: 5_000,
  };
  const { parse, format } = setting as Setting<unknown>;
  expect(parse(format(values[name]))).toEqual(values[name]);
});

describe('readPathMapping', () => {
  test('reads the prefix and the mapping without a bucket', () => {
    const env = { IMAGES_PREFIX: 'p', IMAGES_MAPPING: '{"routes":[{"path":"{a}","key":"k/{a}"}]}', LOG_LEVEL: 'loud' };
    expect(readPathMapping(env)).toMatchObject({ prefix: 'p/', routes: [{ path: '{a}', key: 'k/{a}' }] });
  });

  test('reads the identity mapping from an empty environment', () => {
    expect(readPathMapping({ IMAGES_MAPPING: '' }).routes).toEqual([
      { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
    ]);
  });

  test('lists the faults of both variables', () => {
    expect(faultsOf(() => readPathMapping({ IMAGES_PREFIX: '//', IMAGES_MAPPING: '{' }))).toEqual([
      expect.stringMatching(/^IMAGES_MAPPING: expected JSON; /),
      expect.stringMatching(/^IMAGES_PREFIX: prefix/),
    ]);
  });
});

describe('a setting', () => {
  test.each(Object.entries({ ...SETTINGS, ...GATEWAY_SETTINGS }))(
    '%s has a meaning and a unique variable',
    (_, setting) => {
      const all = Object.values({ ...SETTINGS, ...GATEWAY_SETTINGS }).map(({ variable }) => variable);
      expect(all.filter((variable) => variable === setting.variable)).toHaveLength(1);
      expect(setting.meaning).toMatch(/^[A-Z].+\.$/);
    },
  );

  test.each([
    ['storeIdleTimeoutMs', 0.5],
    ['storeIdleTimeoutMs', 'x'],
    ['bucket', 42],
    ['corsOrigins', 'https://a.example'],
    ['corsOrigins', ['https://a.example,https://b.example']],
    ['corsOrigins', [1]],
    ['logLevel', 3],
    ['mapping', '{"routes":[]}'],
  ] as const)('%s rejects the JSON value %j', (name, value) => {
    expect(SETTINGS[name].check(value)).toMatchObject({ message: expect.stringMatching(/^expected /) });
  });
});

test('mappingFaults rethrows an error that is not a fault of the mapping', () => {
  const mapping = {
    get routes(): readonly [] {
      throw new RangeError('unreadable');
    },
  };
  expect(() => mappingFaults({ prefix: '', mapping })).toThrow(RangeError);
});
