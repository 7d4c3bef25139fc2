import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, readLocalConfig } from '../../src/app/config.ts';

const REQUIRED = { ENVIRONMENT: 'prod', IMAGES_BUCKET: 'images' };

const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('readConfig', () => {
  test('needs an environment and a bucket, and has defaults for everything else', () => {
    expect(readConfig(REQUIRED)).toMatchObject({
      environment: 'prod',
      logLevel: 'info',
      source: { kind: 'bucket', bucket: 'images', owner: undefined, role: undefined },
      mapping: { prefix: '', routes: [{ path: '{path+}.{ext:image}', key: '{path+}.{ext}' }] },
      cacheControl: 'private, max-age=3600',
      corsOrigins: [],
      timeouts: { connect: 2_000, firstByte: 5_000, idle: 10_000, answer: 27_000 },
    });
  });

  test('reads every variable', () => {
    const config = readConfig({
      ...REQUIRED,
      LOG_LEVEL: 'debug',
      IMAGES_PREFIX: 'partners/images/',
      IMAGES_MAPPING: '{"routes":[{"path":"{id}.{ext:image}","key":"{id}/original.{ext}"}]}',
      IMAGES_ROLE_ARN: 'arn:aws:iam::123456789012:role/path/reader',
      IMAGES_ROLE_EXTERNAL_ID: 'external-id',
      IMAGES_BUCKET_OWNER: '123456789012',
      CACHE_CONTROL: 'public, max-age=1',
      CORS_ORIGINS: ' https://a.example , http://localhost:5173,',
      STORE_CONNECT_TIMEOUT_MS: '1',
      STORE_FIRST_BYTE_TIMEOUT_MS: '2',
      STORE_IDLE_TIMEOUT_MS: '3',
      ANSWER_TIMEOUT_MS: '999999',
    });
    expect(config).toMatchObject({
      logLevel: 'debug',
      source: {
        kind: 'bucket',
        owner: '123456789012',
        role: { arn: 'arn:aws:iam::123456789012:role/path/reader', externalId: 'external-id' },
      },
      mapping: { prefix: 'partners/images/', routes: [{ path: '{id}.{ext:image}', key: '{id}/original.{ext}' }] },
      cacheControl: 'public, max-age=1',
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      timeouts: { connect: 1, firstByte: 2, idle: 3, answer: 999_999 },
    });
  });

  test('takes a variable that is set to nothing for one that is not set', () => {
    const nothing = {
      IMAGES_ROLE_ARN: '',
      IMAGES_ROLE_EXTERNAL_ID: '',
      IMAGES_MAPPING: '',
      CORS_ORIGINS: '',
      LOG_LEVEL: '',
    };
    expect(readConfig({ ...REQUIRED, ...nothing })).toMatchObject({ logLevel: 'info', source: { role: undefined } });
  });

  test.each([
    [{ ENVIRONMENT: undefined }, 'ENVIRONMENT: missing; expected a name such as dev or prod: letters, digits, - and _'],
    [{ ENVIRONMENT: '' }, /^ENVIRONMENT: missing/],
    [{ ENVIRONMENT: 'a b' }, 'ENVIRONMENT: expected a name such as dev or prod: letters, digits, - and _'],
    [
      { IMAGES_BUCKET: undefined },
      'IMAGES_BUCKET: missing; expected the name of a bucket: 3 to 63 of a-z, 0-9, - and .',
    ],
    [{ IMAGES_BUCKET: 'Images' }, /^IMAGES_BUCKET: expected the name of a bucket/],
    [{ IMAGES_BUCKET: 's3://images' }, /^IMAGES_BUCKET: expected/],
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
    [
      { IMAGES_ROLE_EXTERNAL_ID: 'x y', IMAGES_ROLE_ARN: 'arn:aws:iam::123456789012:role/r' },
      /^IMAGES_ROLE_EXTERNAL_ID: expected 2 to/,
    ],
    [{ IMAGES_ROLE_EXTERNAL_ID: 'id' }, 'IMAGES_ROLE_EXTERNAL_ID: goes with IMAGES_ROLE_ARN, which is missing'],
    [{ IMAGES_BUCKET_OWNER: '123' }, 'IMAGES_BUCKET_OWNER: expected the 12 digits of an account id'],
    [{ CACHE_CONTROL: 'a\nb' }, 'CACHE_CONTROL: expected the value of a Cache-Control header'],
    [
      { CORS_ORIGINS: 'https://a.example/x' },
      'CORS_ORIGINS: expected origins such as https://app.example.com, separated by commas, or *',
    ],
    [{ CORS_ORIGINS: 'a.example' }, /^CORS_ORIGINS: expected/],
    [{ STORE_IDLE_TIMEOUT_MS: '0' }, 'STORE_IDLE_TIMEOUT_MS: expected milliseconds: a whole number from 1 to 999999'],
    [{ ANSWER_TIMEOUT_MS: '27s' }, /^ANSWER_TIMEOUT_MS: expected milliseconds/],
  ] as [Record<string, string | undefined>, string | RegExp][])('refuses %j', (changes, fault) => {
    const faults = faultsOf(() => readConfig({ ...REQUIRED, ...changes }));
    expect(faults).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });

  test('lists everything that is wrong in one message', () => {
    const wrong = {
      LOG_LEVEL: 'x',
      IMAGES_PREFIX: '//',
      IMAGES_MAPPING: '{"routes":[{"path":"}","key":"{"}]}',
      IMAGES_BUCKET_OWNER: '1',
    };
    let message = '';
    try {
      readConfig(wrong);
    } catch (error) {
      message = (error as Error).message;
    }
    const [title, ...lines] = message.split('\n');
    expect(title).toBe('The configuration cannot be used:');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '- LOG_LEVEL',
      '- IMAGES_BUCKET_OWNER',
      '- ENVIRONMENT',
      '- IMAGES_BUCKET',
      '- IMAGES_PREFIX',
      '- IMAGES_MAPPING',
      '- IMAGES_MAPPING',
    ]);
  });

  test('throws nothing but a ConfigError, whatever the environment holds', () => {
    const names = [
      'ENVIRONMENT',
      'LOG_LEVEL',
      'IMAGES_BUCKET',
      'IMAGES_PREFIX',
      'IMAGES_MAPPING',
      'IMAGES_ROLE_ARN',
      'CACHE_CONTROL',
      'CORS_ORIGINS',
    ];
    const value = fc.oneof(fc.string(), fc.json());
    const environments = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(environments, (env) => {
        faultsOf(() => readConfig(env));
        faultsOf(() => readLocalConfig(env, 'samples'));
      }),
    );
  });
});

describe('readLocalConfig', () => {
  test('needs nothing', () => {
    expect(readLocalConfig({}, 'the-samples')).toMatchObject({
      environment: 'dev',
      source: { kind: 'directory', directory: 'the-samples' },
      port: 3000,
      responseMode: 'stream',
      apiKey: undefined,
    });
  });

  test('serves a folder, or a bucket before a folder', () => {
    expect(readLocalConfig({ IMAGES_DIRECTORY: 'x' }, 's').source).toEqual({ kind: 'directory', directory: 'x' });
    expect(readLocalConfig({ IMAGES_DIRECTORY: 'x', IMAGES_BUCKET: 'images' }, 's').source).toMatchObject({
      kind: 'bucket',
      bucket: 'images',
    });
  });

  test('reads what is its own', () => {
    const env = { PORT: '0', RESPONSE_MODE: 'buffered', API_KEY: 'x'.repeat(20), ENVIRONMENT: 'alice' };
    expect(readLocalConfig(env, 's')).toMatchObject({
      port: 0,
      responseMode: 'buffered',
      apiKey: 'x'.repeat(20),
      environment: 'alice',
    });
  });

  test.each([
    [{ PORT: 'x' }, 'PORT: expected a port: 0 to 65535'],
    [{ PORT: '65536' }, 'PORT: expected a port: 0 to 65535'],
    [{ RESPONSE_MODE: 'chunked' }, 'RESPONSE_MODE: expected stream or buffered'],
    [{ API_KEY: 'short' }, 'API_KEY: expected 20 to 128 letters and digits'],
  ])('refuses %j', (env, fault) => {
    expect(faultsOf(() => readLocalConfig(env, 's'))).toEqual([fault]);
  });
});
