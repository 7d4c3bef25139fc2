import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../support/lambda-runtime/gateway-answer.ts';

// What reads the answers of the functions is no proof of them unless it refuses wrong ones.
describe('a streamed answer', () => {
  const contentType = 'application/vnd.awslambda.http-integration-response';
  const PRELUDE = '{"statusCode":200,"headers":{"Content-Length":"3"}}';
  const NULS = '\0'.repeat(8);
  const readStream = (stream: string, type = contentType) =>
    readAnswer({ kind: 'streamed', contentType: type, body: Buffer.from(stream) });

  it('is read as the prelude says', () => {
    const { status, headers, body } = readStream(`${PRELUDE}${NULS}abc`);
    expect(status).toBe(200);
    expect(headers.get('content-length')).toBe('3');
    expect(body.toString()).toBe('abc');
  });

  it.each([
    ['without a prelude', 'abc', 'has no prelude'],
    ['with a short delimiter', `${PRELUDE}${'\0'.repeat(7)}abc`, 'has no prelude'],
    ['with a long delimiter', `${PRELUDE}${NULS}\0abc`, 'the body has 4 bytes, and 3 were announced'],
    ['with two preludes', `${PRELUDE}${NULS}${PRELUDE}${NULS}abc`, 'has two preludes'],
    ['with a prelude that is no JSON', `abc${NULS}abc`, 'is not valid JSON'],
    ['with a prelude without a status', `{"headers":{}}${NULS}abc`, 'the status is undefined'],
    ['with a body in its prelude', `{"statusCode":200,"body":""}${NULS}abc`, 'the prelude has body'],
    ['with a header that is a number', `{"statusCode":200,"headers":{"Age":1}}${NULS}`, 'the header Age is no string'],
    ['with a header of two lines', `{"statusCode":200,"headers":{"Age":"1\\n2"}}${NULS}`, 'invalid header value'],
    ['with fewer bytes than announced', `${PRELUDE}${NULS}ab`, 'the body has 2 bytes, and 3 were announced'],
  ])('%s is refused', (_, stream, reason) => {
    expect(() => readStream(stream)).toThrow(reason);
  });

  it('of another content type is refused', () => {
    expect(() => readStream(`${PRELUDE}${NULS}abc`, 'application/json')).toThrow('the content type of the stream is');
  });
});

describe('a buffered answer', () => {
  const readResult = (result: object) => readAnswer({ kind: 'buffered', body: Buffer.from(JSON.stringify(result)) });

  it('is decoded as it says', () => {
    expect(readResult({ statusCode: 200, body: 'YWJj', isBase64Encoded: true }).body.toString()).toBe('abc');
    expect(readResult({ statusCode: 200, body: 'YWJj', isBase64Encoded: false }).body.toString()).toBe('YWJj');
  });

  it.each([
    ['without a body', { statusCode: 200, isBase64Encoded: false }, 'the result has no body'],
    ['that is not the base64 it claims to be', { statusCode: 200, body: 'a.b', isBase64Encoded: true }, 'base64'],
  ])('%s is refused', (_, result, reason) => {
    expect(() => readResult(result)).toThrow(reason);
  });
});

it('refuses what the function reports as failed', () => {
  const error = { errorType: 'ImageError', errorMessage: 'The image broke off.' };
  expect(() => readAnswer({ kind: 'failed', error, body: Buffer.from('{}') })).toThrow(
    'the function failed: ImageError',
  );
});
