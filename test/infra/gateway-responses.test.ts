import { describe, expect, it } from 'vitest';
import { createProblem } from '../../src/adapters/api-gateway/problem.ts';
import { ImageError } from '../../src/domain/index.ts';
import type { Template } from '../support/assembly.ts';
import { embed, type Options, propertiesOf } from './embedding.ts';

describe('gateway responses', () => {
  const responsesOf = (template: Template) =>
    propertiesOf(template, 'ApiGateway::GatewayResponse').map((response) => ({
      type: response['ResponseType'] as string,
      status: Number(response['StatusCode']),
      headers: response['ResponseParameters'] as Readonly<Record<string, string>>,
      problem: JSON.parse((response['ResponseTemplates'] as Record<string, string>)['application/json'] ?? ''),
    }));
  const responses = responsesOf(embed());
  const functionProblem = createProblem(new ImageError('store-throttled', 'Throttled.'), '$context.requestId', 'GET');

  it.each(responses)(
    '$type has the members and headers of a problem of the function',
    ({ status, headers, problem }) => {
      const own = JSON.parse(functionProblem.text);
      expect(Object.keys(problem)).toEqual(Object.keys(own));
      expect(problem).toMatchObject({
        status,
        type: `urn:images-api:problem:${problem.code}`,
        requestId: own.requestId,
      });
      expect(headers).toMatchObject({
        'gatewayresponse.header.Content-Type': `'${functionProblem.headers['Content-Type']}'`,
        'gatewayresponse.header.Cache-Control': `'${functionProblem.headers['Cache-Control']}'`,
        'gatewayresponse.header.X-Content-Type-Options': "'nosniff'",
        'gatewayresponse.header.Vary': "'x-api-key'",
        'gatewayresponse.header.X-Request-Id': 'context.requestId',
      });
      expect(headers['gatewayresponse.header.Retry-After'] !== undefined).toBe(problem.retryable);
    },
  );

  it.each([
    ['INVALID_API_KEY', 403, 'forbidden', undefined],
    ['THROTTLED', 429, 'throttled', "'1'"],
    ['QUOTA_EXCEEDED', 429, 'quota-exceeded', "'3600'"],
    ['REQUEST_TOO_LARGE', 413, 'request-too-large', undefined],
    ['INTEGRATION_TIMEOUT', 504, 'gateway-timeout', "'1'"],
    ['DEFAULT_4XX', 400, 'gateway-4xx', undefined],
    ['DEFAULT_5XX', 502, 'gateway-5xx', "'1'"],
    ['INTEGRATION_FAILURE', 502, 'gateway-5xx', "'1'"],
  ])('%s has status %d, code %s and Retry-After %s', (type, status, code, retryAfter) => {
    const response = responses.find((response) => response.type === type);
    expect([response?.status, response?.problem.code]).toEqual([status, code]);
    expect(response?.headers['gatewayresponse.header.Retry-After']).toBe(retryAfter);
  });

  it('maps every header to a quoted text or to the request id', () => {
    for (const { headers } of responsesOf(embed({ corsOrigins: ['*'] }))) {
      for (const mapping of Object.values(headers)) expect(mapping).toMatch(/^(?:'[^']+'|context\.requestId)$/);
    }
  });

  it('allow every origin if CORS is configured, and no origin otherwise', () => {
    const origins = (options: Options) =>
      responsesOf(embed(options)).map(({ headers }) => headers['gatewayresponse.header.Access-Control-Allow-Origin']);
    expect(new Set(origins({ corsOrigins: ['https://app.example.com'] }))).toEqual(new Set(["'*'"]));
    expect(new Set(origins({}))).toEqual(new Set([undefined]));
  });
});
