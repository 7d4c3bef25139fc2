import { Buffer } from 'node:buffer';
import type { Completion } from './completion.ts';

/** The response that API Gateway sends to the client. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Converts the completion of an invocation to the response that API Gateway sends.
 *
 * @throws Error that says why API Gateway would answer 502 instead.
 */
export const readAnswer = (completion: Completion): Answer => {
  const answer = read(completion);
  const announced = answer.headers.get('content-length');
  if (announced !== null && answer.body.length > 0 && Number(announced) !== answer.body.length) {
    throw new Error(`the body has ${answer.body.length} bytes, but Content-Length is ${announced}`);
  }
  return answer;
};

const read = (completion: Completion): Answer => {
  switch (completion.kind) {
    case 'failed':
      throw new Error(`the function failed: ${completion.error.errorType}: ${completion.error.errorMessage}`);
    case 'buffered':
      return readProxyResult(completion.body);
    case 'streamed':
      return readStream(completion.contentType, completion.body);
  }
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
const readProxyResult = (json: Buffer): Answer => {
  const { body, isBase64Encoded, ...prelude } = readJson(json);
  if (typeof body !== 'string' || typeof isBase64Encoded !== 'boolean')
    throw new Error('body or isBase64Encoded is missing');
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (isBase64Encoded && bytes.toString('base64') !== body)
    throw new Error('isBase64Encoded is true, but the body is not valid base64');
  return { ...readPrelude(prelude), body: bytes };
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html */
const readStream = (contentType: string | undefined, stream: Buffer): Answer => {
  if (contentType !== INTEGRATION_RESPONSE) throw new Error(`the content type of the stream is ${contentType}`);
  const end = stream.indexOf(DELIMITER);
  if (end === -1) throw new Error('the stream has no prelude');
  const body = stream.subarray(end + DELIMITER.length);
  if (body.indexOf('{"statusCode"') === 0) throw new Error('the stream has two preludes');
  return { ...readPrelude(readJson(stream.subarray(0, end))), body };
};

const INTEGRATION_RESPONSE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);

const readPrelude = ({ statusCode, headers, ...others }: Record<string, unknown>): Omit<Answer, 'body'> => {
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Error(`the prelude has unknown fields: ${unknown.join(', ')}`);
  if (!Number.isInteger(statusCode)) throw new Error(`the status is ${statusCode}`);
  const fields = Object.entries(headers ?? {});
  const wrong = fields.find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) throw new Error(`the header ${wrong[0]} is not a string`);
  // `Headers` throws for names and values that HTTP does not allow.
  return { status: Number(statusCode), headers: new Headers(fields) };
};

const readJson = (json: Buffer): Record<string, unknown> => {
  const value: unknown = JSON.parse(json.toString());
  if (typeof value !== 'object' || value === null) throw new Error(`expected an object, found ${json}`);
  return { ...value };
};
