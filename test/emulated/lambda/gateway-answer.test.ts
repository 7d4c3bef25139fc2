import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../support/lambda-runtime/gateway-answer.ts';

// The other tests read responses with readAnswer. They prove something only if it rejects wrong responses.
describe('readAnswer of a streamed response', () => {
  const contentType = 'application/vnd.awslambda.http-integration-response';
  const PRELUDE = '{"statusCode":200,"headers":{"Content-Length":"3"}}';
  const NULS = '\0'.repeat(8);
  const readStream = (stream: string, type = contentType) =>
    readAnswer({ kind: 'streamed', contentType: type, body: Buffer.from(stream) });

  it('returns status, headers and body', () => {
    const { status, headers, body } = readStream(`${PRELUDE}${NULS}abc`);
    expect(status).toBe(200);
    expect(headers.get('content-length')).toBe('3');
    expect(body.toString()).toBe('abc');
  });

  it.each([
    ['a response without a prelude', 'abc', 'has no prelude'],
    ['a short delimiter', `${PRELUDE}${'\0'.repeat(7)}abc`, 'has no prelude'],
    ['a long delimiter', `${PRELUDE}${NULS}\0abc`, 'the body has 4 bytes, but Content-Length is 3'],
    ['two preludes', `${PRELUDE}${NULS}${PRELUDE}${NULS}abc`, 'has two preludes'],
    ['a prelude that is not JSON', `abc${NULS}abc`, 'is not valid JSON'],
    ['a prelude without a status', `{"headers":{}}${NULS}abc`, 'the status is undefined'],
    ['a prelude with a body', `{"statusCode":200,"body":""}${NULS}abc`, 'the prelude has unknown fields: body'],
    ['a header that is a number', `{"statusCode":200,"headers":{"Age":1}}${NULS}`, 'the header Age is not a string'],
    ['a header of two lines', `{"statusCode":200,"headers":{"Age":"1\\n2"}}${NULS}`, 'invalid header value'],
    ['a body shorter than Content-Length', `${PRELUDE}${NULS}ab`, 'the body has 2 bytes, but Content-Length is 3'],
  ])('rejects %s', (_, stream, reason) => {
    expect(() => readStream(stream)).toThrow(reason);
  });

  it('rejects another content type', () => {
    expect(() => readStream(`${PRELUDE}${NULS}abc`, 'application/json')).toThrow('the content type of the stream is');
  });
});

describe('readAnswer of a buffered response', () => {
  const readResult = (result: object) => readAnswer({ kind: 'buffered', body: Buffer.from(JSON.stringify(result)) });

  it('decodes the body if isBase64Encoded is true', () => {
    expect(readResult({ statusCode: 200, body: 'YWJj', isBase64Encoded: true }).body.toString()).toBe('abc');
    expect(readResult({ statusCode: 200, body: 'YWJj', isBase64Encoded: false }).body.toString()).toBe('YWJj');
  });

  it.each([
    ['a response without a body', { statusCode: 200, isBase64Encoded: false }, 'body or isBase64Encoded is missing'],
    [
      'a body that is not base64 if isBase64Encoded is true',
      { statusCode: 200, body: 'a.b', isBase64Encoded: true },
      'base64',
    ],
  ])('rejects %s', (_, result, reason) => {
    expect(() => readResult(result)).toThrow(reason);
  });
});

it('readAnswer rejects the response of a function that failed', () => {
  const error = { errorType: 'ImageError', errorMessage: 'The image was interrupted.' };
  expect(() => readAnswer({ kind: 'failed', error, body: Buffer.from('{}') })).toThrow(
    'the function failed: ImageError',
  );
});
