import { Fn } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { preflightHeaders } from '../../src/contract/http.ts';
import { RESPONSE_MODES } from '../../src/settings/settings.ts';
import { embed, type Options, propertiesOf } from './embedding.ts';

const preflightsOf = (options: Options) =>
  propertiesOf(embed(options), 'ApiGateway::Method').filter(({ HttpMethod }) => HttpMethod === 'OPTIONS');

/** Header mappings of an integration response that sends these headers. */
const mappingOf = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]));

const declarationOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`method.response.header.${name}`, true]));

const DECLARED = declarationOf([...Object.keys(preflightHeaders(false)), 'Access-Control-Allow-Origin']);

describe.each(RESPONSE_MODES)('a preflight method in the mode %s', (responseMode) => {
  it('answers requests of listed origins on the root and on every path, without a key and without the function', () => {
    const methods = preflightsOf({ responseMode, corsOrigins: ['https://app.example.com', 'http://localhost:5173'] });
    expect(methods).toHaveLength(2);
    for (const method of methods) {
      expect(method).toMatchObject({ ApiKeyRequired: false, AuthorizationType: 'NONE' });
      expect(method['Integration']).toEqual({
        Type: 'MOCK',
        ContentHandling: 'CONVERT_TO_TEXT',
        PassthroughBehavior: 'NEVER',
        RequestTemplates: { 'application/json': '{"statusCode":204}' },
        IntegrationResponses: [
          {
            StatusCode: '204',
            ContentHandling: 'CONVERT_TO_TEXT',
            ResponseParameters: mappingOf(preflightHeaders(false)),
            ResponseTemplates: {
              'application/json': [
                "#set($origin = $input.params().header.get('Origin'))",
                "#if(!$origin || $origin == '')",
                "#set($origin = $input.params().header.get('origin'))",
                '#end',
                "#if($origin == 'https://app.example.com' || $origin == 'http://localhost:5173')",
                '#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)',
                '#end',
              ].join('\n'),
            },
          },
        ],
      });
      expect(method['MethodResponses']).toEqual([{ StatusCode: '204', ResponseParameters: DECLARED }]);
    }
  });

  it('allows * to every origin without a template', () => {
    for (const { Integration, MethodResponses } of preflightsOf({ responseMode, corsOrigins: ['*'] })) {
      expect(Integration).toMatchObject({ Type: 'MOCK', ContentHandling: 'CONVERT_TO_TEXT' });
      expect((Integration as { IntegrationResponses: unknown }).IntegrationResponses).toEqual([
        {
          StatusCode: '204',
          ContentHandling: 'CONVERT_TO_TEXT',
          ResponseParameters: mappingOf({ ...preflightHeaders(false), 'Access-Control-Allow-Origin': '*' }),
        },
      ]);
      expect(MethodResponses).toEqual([{ StatusCode: '204', ResponseParameters: DECLARED }]);
    }
  });

  it('allows POST and its content type on the root, and on no other path, if the service signs locations', () => {
    const methods = preflightsOf({ responseMode, corsOrigins: ['*'], listing: 'on', signedLocations: 'on' });
    const sent = methods.map(({ ResourceId, Integration, MethodResponses }) => {
      expect(MethodResponses).toEqual([{ StatusCode: '204', ResponseParameters: DECLARED }]);
      const [response] = (Integration as { IntegrationResponses: { ResponseParameters: unknown }[] })
        .IntegrationResponses;
      const isRoot = JSON.stringify(ResourceId).includes('RootResourceId');
      return [isRoot ? 'root' : '{proxy+}', response?.ResponseParameters] as const;
    });
    const headersOf = (acceptsBatches: boolean) =>
      mappingOf({ ...preflightHeaders(acceptsBatches), 'Access-Control-Allow-Origin': '*' });
    expect(Object.fromEntries(sent)).toEqual({ root: headersOf(true), '{proxy+}': headersOf(false) });
    expect(preflightHeaders(true)).toMatchObject({
      'Access-Control-Allow-Methods': 'GET, HEAD, POST',
      'Access-Control-Allow-Headers': expect.stringMatching(/, content-type$/),
    });
  });

  it('does not exist without CORS origins', () => {
    expect(preflightsOf({ responseMode })).toEqual([]);
  });
});

describe('addPreflight', () => {
  it('rejects origins that only CloudFormation knows, because it cannot check what they add to the template', () => {
    expect(() => embed({ corsOrigins: Fn.split(',', Fn.importValue('origins')) })).toThrow(
      /^corsOrigins: .* cannot be written into a template of API Gateway; write an origin such as/,
    );
  });

  it.each(["https://a'b.example", "https://a' || true || 'b", 'https://$a.example', 'https://a.example#end'])(
    'rejects the origin %s',
    (origin) => {
      expect(() => embed({ corsOrigins: [origin] })).toThrow('corsOrigins: ');
    },
  );

  it('rejects * together with other origins', () => {
    expect(() => embed({ corsOrigins: ['*', 'https://app.example.com'] })).toThrow('corsOrigins: expected * alone');
  });
});
