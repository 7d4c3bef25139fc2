import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPinoRequestLog, type PinoRequestLogOptions } from '../../../src/adapters/pino/request-log.ts';
import type { RequestRecord } from '../../../src/adapters/request-log.ts';
import { ImageError } from '../../../src/domain/errors.ts';
import { startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';

const RECORD: RequestRecord = {
  requestId: 'request-1',
  extendedRequestId: 'JKJaXmPLvHcESHA=',
  awsRequestId: 'invocation-1',
  traceId: '1-5759e988-bd862e3fe1be46a994272793',
  apiKeyId: 'key-id',
  method: 'GET',
  path: '67/28/67286576.jpeg',
  key: 'partners/67286576/original.jpeg',
  route: 'partners/{id}.{ext}',
  status: 200,
  code: undefined,
  bytes: 1234,
  phases: { map: 0.1, store: 12.3, send: 4.5 },
  coldStart: true,
  error: undefined,
};

/** Logs a record. Returns the text that was written, and its lines parsed as JSON. */
const log = (
  record: Partial<RequestRecord>,
  level: PinoRequestLogOptions['level'] = 'info',
  options: Partial<PinoRequestLogOptions> = {},
) => {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  createPinoRequestLog({ level, environment: 'test', destination, ...options }).record({ ...RECORD, ...record });
  return { text: written.join(''), lines: written.map((line) => JSON.parse(line)) };
};

const logError = (error: unknown) => log({ status: 500, code: 'internal', error }).lines[0].err;

describe('a request log', () => {
  it('writes one JSON line per request, with all its fields', () => {
    const { lines } = log({});
    const { time, pid, hostname, ...line } = lines[0];
    expect(lines).toHaveLength(1);
    expect(line).toEqual({
      level: 30,
      environment: 'test',
      msg: 'request',
      requestId: 'request-1',
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      awsRequestId: 'invocation-1',
      traceId: '1-5759e988-bd862e3fe1be46a994272793',
      apiKeyId: 'key-id',
      method: 'GET',
      path: '67/28/67286576.jpeg',
      key: 'partners/67286576/original.jpeg',
      route: 'partners/{id}.{ext}',
      status: 200,
      bytes: 1234,
      ms: { map: 0.1, store: 12.3, send: 4.5 },
      coldStart: true,
    });
    expect(new Date(time).toISOString()).toBe(time);
    expect({ pid, hostname }).toEqual({ pid: undefined, hostname: undefined });
  });

  it('writes the lines of several requests in order', () => {
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    const requests = createPinoRequestLog({ level: 'info', environment: 'test', destination });
    for (const requestId of ['one', 'two', 'three']) requests.record({ ...RECORD, requestId });
    expect(written.map((line) => JSON.parse(line).requestId)).toEqual(['one', 'two', 'three']);
  });

  it('rounds milliseconds to two decimals', () => {
    const { ms } = log({ phases: { map: 0.12345, store: 12.345678, send: 4, other: 0.001 } }).lines[0];
    expect(ms).toEqual({ map: 0.12, store: 12.35, send: 4, other: 0 });
  });

  it('escapes newlines and quotes in a path or a message, so that they cannot forge a line', () => {
    const path = 'a.jpeg\n{"level":60}\r\u2028"\\';
    const { text, lines } = log({ path, error: new Error('two\nlines'), status: 500 });
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(lines[0]).toMatchObject({ path, err: { message: 'two\nlines' } });
  });

  const ERROR = 50;
  const INFO = 30;
  it.each([
    { status: 200, error: undefined, level: INFO },
    { status: 304, error: undefined, level: INFO },
    { status: 404, error: new ImageError('image-not-found', 'No such image.'), level: INFO },
    { status: 416, error: new ImageError('range-not-satisfiable', 'No such image.'), level: INFO },
    { status: 500, error: new Error('failed'), level: ERROR },
    { status: 502, error: new ImageError('role-refused', 'Access denied.'), level: ERROR },
    { status: 503, error: undefined, level: ERROR },
    // The image was interrupted after its headers were sent.
    { status: 200, error: new ImageError('store-unavailable', 'Interrupted.'), level: ERROR },
    { status: 206, error: new ImageError('store-timeout', 'Interrupted.'), level: ERROR },
  ])('logs status $status with error $error.message at level $level', ({ status, error, level }) => {
    expect(log({ status, error }).lines[0].level).toBe(level);
  });

  it.each([
    { level: 'trace', status: 200, written: 'complete' },
    { level: 'info', status: 404, written: 'complete' },
    { level: 'warn', status: 200, written: 'short' },
    { level: 'warn', status: 404, written: 'short' },
    { level: 'warn', status: 500, written: 'complete' },
    { level: 'error', status: 404, written: 'short' },
    { level: 'error', status: 500, written: 'complete' },
    { level: 'fatal', status: 500, written: 'short' },
    { level: 'silent', status: 200, written: 'none' },
    { level: 'silent', status: 500, written: 'none' },
  ] as const)('writes a line for status $status at log level $level: $written', ({ level, status, written }) => {
    const code = status === 200 ? undefined : 'a-code';
    const { lines } = log({ status, code, error: code && new Error('failed') }, level);
    const short = { environment: 'test', status, bytes: 1234, ms: { store: 12.3 }, ...(code && { code }) };
    const severity = { level: status >= 500 ? ERROR : INFO, time: expect.any(String) };
    const kinds = {
      complete: [expect.objectContaining({ ...short, ...severity, ms: RECORD.phases, path: RECORD.path })],
      short: [{ ...short, ...severity }],
      none: [],
    };
    expect(lines).toEqual(kinds[written]);
  });

  it('writes no short lines if they are turned off', () => {
    expect(log({}, 'warn', { shortLines: false }).lines).toEqual([]);
    expect(log({ status: 500 }, 'warn', { shortLines: false }).lines).toHaveLength(1);
  });

  it('logs an error with its cause and the cause of that', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const answered = Object.assign(new Error('failed', { cause: refused }), {
      name: 'InternalError',
      $metadata: { httpStatusCode: 500, requestId: 'AWS1', attempts: 3 },
    });
    expect(logError(new ImageError('store-unavailable', 'The store failed.', { cause: answered }))).toMatchObject({
      name: 'ImageError',
      message: 'The store failed.',
      code: 'store-unavailable',
      stack: expect.stringContaining('request-log.test.ts'),
      cause: {
        name: 'InternalError',
        message: 'failed',
        status: 500,
        awsRequestId: 'AWS1',
        attempts: 3,
        cause: { name: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
      },
    });
  });

  it.each([
    { status: 404, code: 'image-not-found' },
    { status: 502, code: 'store-unavailable' },
    { status: 502, code: 'role-refused' },
    { status: 200, code: 'store-timeout' },
  ] as const)(
    'logs no stack for status $status and the code $code, because its causes say enough',
    ({ status, code }) => {
      const error = new ImageError(code, 'Told.', { cause: new Error('NoSuchKey') });
      expect(log({ status, code, error }).lines[0].err).toEqual({
        name: 'ImageError',
        message: 'Told.',
        code,
        cause: { name: 'Error', message: 'NoSuchKey' },
      });
    },
  );

  it('logs the stacks of an unexpected failure and of its cause', () => {
    const error = new ImageError('internal', 'The service failed.', { cause: new TypeError('no such property') });
    const { stack, cause } = log({ status: 500, code: 'internal', error }).lines[0].err;
    expect([stack, cause.stack]).toEqual(Array(2).fill(expect.stringContaining('request-log.test.ts')));
  });

  it('stops at a circular chain of causes', () => {
    const one = new Error('one');
    const other = new Error('other', { cause: one });
    one.cause = other;
    expect(logError(one)).toMatchObject({ message: 'one', cause: { message: 'other', cause: { message: 'one' } } });
    expect(log({ error: one }).text.length).toBeLessThan(20_000);
  });

  it.each([
    { error: 'a text', logged: { name: 'string', message: 'a text' } },
    { error: null, logged: { name: 'object', message: '' } },
    { error: 42, logged: { name: 'number', message: '42' } },
    { error: { token: 'secret' }, logged: { name: 'object', message: '' } },
    { error: Object.create(null), logged: { name: 'object', message: '' } },
    { error: Symbol('a symbol'), logged: { name: 'symbol', message: 'Symbol(a symbol)' } },
  ])('logs a thrown value that is not an Error as $logged', ({ error, logged }) => {
    expect(logError(error)).toEqual(logged);
  });

  it('logs no other property of an error', () => {
    const error = Object.assign(new Error('failed'), {
      apiKey: 'secret-1',
      config: { credentials: 'secret-2' },
      toJSON: () => 'secret-3',
      $response: { headers: { authorization: 'secret-4' } },
      $metadata: { httpStatusCode: 403, requestId: 'AWS1', cfId: 'secret-5' },
    });
    const { text } = log({ status: 502, error: new ImageError('store-forbidden', 'No.', { cause: error }) });
    expect(text).toContain('AWS1');
    expect(text).not.toContain('secret');
  });

  it('logs no credentials or signature of the request that an SDK error holds', async () => {
    const origin = await startAwsOrigin();
    onTestFinished(origin.close);
    const credentials = { ...origin.client.credentials, sessionToken: 'secret-token' };
    const s3 = new S3Client({ ...origin.client, credentials });
    const error = await s3.send(new GetObjectCommand({ Bucket: 'images', Key: 'a.jpeg' })).catch((cause) => cause);
    const { text } = log({ status: 502, error: new ImageError('store-forbidden', 'No.', { cause: error }) });
    expect(text).toContain('InvalidToken');
    expect(text).not.toMatch(/secret-token|AWS4-HMAC|x-amz-security-token|authorization/i);
    expect(text).not.toContain(credentials.accessKeyId);
    expect(text).not.toContain(credentials.secretAccessKey);
  });
});
