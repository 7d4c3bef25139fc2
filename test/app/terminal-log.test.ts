import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { RequestRecord } from '../../src/adapters/request-log.ts';
import { createTerminalLog, type TerminalLogOptions } from '../../src/app/terminal-log.ts';
import { ImageError } from '../../src/domain/errors.ts';

const RECORD: RequestRecord = {
  requestId: 'request-1',
  extendedRequestId: undefined,
  awsRequestId: 'invocation-1',
  traceId: undefined,
  apiKeyId: 'local',
  method: 'GET',
  path: 'partnerimages/67/28/67286576.jpeg',
  key: 'partnerimages/67/28/67286576.jpeg',
  route: undefined,
  status: 200,
  code: undefined,
  bytes: 11_959,
  phases: { map: 0.1, store: 2.5, send: 0.5 },
  coldStart: false,
  error: undefined,
};

/** Logs a record. Returns the text that the terminal gets, without the time. */
const log = (record: Partial<RequestRecord>, options: Partial<TerminalLogOptions> = {}): string => {
  let written = '';
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      written += chunk;
      done();
    },
  });
  createTerminalLog({ level: 'info', environment: 'dev', colors: false, destination, ...options }).record({
    ...RECORD,
    ...record,
  });
  return written.replace(/\d\d:\d\d:\d\d /, '');
};

const failure = () =>
  new ImageError('store-unavailable', 'The store failed.', { cause: new Error('connect ECONNREFUSED\n127.0.0.1:443') });

describe('the log of a terminal', () => {
  test('prints method, path, status, bytes and milliseconds in one line, as soon as the request is recorded', () => {
    expect(log({})).toBe(
      'GET partnerimages/67/28/67286576.jpeg 200 11,959 bytes in 3.1 ms (map 0.1, store 2.5, send 0.5)\n',
    );
  });

  test('prints the code of a failure, the number of resumes, and a single byte', () => {
    const record = { path: 'a.png', code: 'client-timeout', bytes: 1, resumes: 2, phases: { send: 1 } };
    expect(log(record)).toBe('GET a.png 200 client-timeout 1 byte in 1.0 ms (send 1.0) resumed 2 times\n');
  });

  test('prints the message and the cause of an error of the caller without a stack', () => {
    expect(log({ path: 'a.png', status: 404, code: 'image-not-found', bytes: 0, phases: {}, error: failure() })).toBe(
      [
        'GET a.png 404 image-not-found 0 bytes in 0.0 ms',
        '  ImageError: The store failed.',
        '  cause: Error: connect ECONNREFUSED',
        '  127.0.0.1:443',
        '',
      ].join('\n'),
    );
  });

  test('prints the stack of the last cause of an unexpected failure', () => {
    const lines = log({ status: 500, code: 'internal', error: failure() }).split('\n');
    expect(lines[3]).toBe('  127.0.0.1:443');
    expect(lines[4]).toMatch(/^ +at .*terminal-log\.test\.ts/);
  });

  test.each([
    { status: 200, color: 32, error: undefined },
    { status: 404, color: 33, error: undefined },
    { status: 502, color: 31, error: failure() },
  ])('paints status $status with the ANSI color $color', ({ status, color, error }) => {
    const text = log({ status, error }, { colors: true });
    expect(text).toContain(`\u001b[${color}m${status}\u001b[39m`);
    if (error) expect(text).toContain(`\u001b[${color}m  ImageError: The store failed.\u001b[39m`);
  });

  test('escapes control characters of a request and of an error', () => {
    const text = log({ path: 'a\u001b[2J', status: 404, error: new Error('\u009b2J') });
    expect(text).toContain('a\\x1b[2J 404');
    expect(text).toContain('  Error: \\x9b2J');
  });

  test('prints nothing below its level', () => {
    expect(log({}, { level: 'error' })).toBe('');
    expect(log({ status: 500 }, { level: 'error' })).not.toBe('');
  });
});
