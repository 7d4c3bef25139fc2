import { describe, expect, it } from 'vitest';
import { createProblem } from '../../src/adapters/api-gateway/problem.ts';
import { ImageError } from '../../src/domain/index.ts';
import type { Template } from '../support/assembly.ts';
import { embed, type Options, propertiesOf } from './embedding.ts';

describe('what API Gateway answers by itself', () => {
  const answersOf = (template: Template) =>
    propertiesOf(template, 'ApiGateway::GatewayResponse').map((answer) => ({
      type: answer['ResponseType'] as string,
      status: Number(answer['StatusCode']),
      headers: answer['ResponseParameters'] as Readonly<Record<string, string>>,
      problem: JSON.parse((answer['ResponseTemplates'] as Record<string, string>)['application/json'] ?? ''),
    }));
  const answers = answersOf(embed());
  const ours = createProblem(new ImageError('store-throttled', 'Slowly.'), '$context.requestId');

  it.each(answers)('$type has the members of the service’s own problems', ({ status, headers, problem }) => {
    const own = JSON.parse(ours.text);
    expect(Object.keys(problem)).toEqual(Object.keys(own));
    expect(problem).toMatchObject({ status, type: `urn:images-api:problem:${problem.code}`, requestId: own.requestId });
    expect(headers).toMatchObject({
      'gatewayresponse.header.Content-Type': `'${ours.headers['Content-Type']}'`,
      'gatewayresponse.header.Cache-Control': `'${ours.headers['Cache-Control']}'`,
      'gatewayresponse.header.X-Request-Id': 'context.requestId',
    });
    expect(headers['gatewayresponse.header.Retry-After'] !== undefined).toBe(problem.retryable);
  });

  it.each([
    ['INVALID_API_KEY', 403, 'forbidden'],
    ['THROTTLED', 429, 'throttled'],
    ['QUOTA_EXCEEDED', 429, 'quota-exceeded'],
    ['REQUEST_TOO_LARGE', 413, 'request-too-large'],
    ['INTEGRATION_TIMEOUT', 504, 'gateway-timeout'],
    ['DEFAULT_4XX', 400, 'gateway-4xx'],
    ['DEFAULT_5XX', 502, 'gateway-5xx'],
  ])('%s is %d %s', (type, status, code) => {
    const answer = answers.find((answer) => answer.type === type);
    expect([answer?.status, answer?.problem.code]).toEqual([status, code]);
  });

  it('can be read by scripts where images can', () => {
    const origins = (options: Options) =>
      answersOf(embed(options)).map(({ headers }) => headers['gatewayresponse.header.Access-Control-Allow-Origin']);
    expect(new Set(origins({ corsOrigins: ['https://app.example.com'] }))).toEqual(new Set(["'*'"]));
    expect(new Set(origins({}))).toEqual(new Set([undefined]));
  });
});
