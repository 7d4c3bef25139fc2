/** An event of a REST API's proxy integration, as far as the service reads it, with the API key, which it must not log. */
export const proxyEvent = (
  httpMethod: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): object => ({
  resource: '/{proxy+}',
  httpMethod,
  path: `/${path}`,
  pathParameters: { proxy: path },
  headers: { 'x-api-key': API_KEY, ...headers },
  multiValueHeaders: null,
  requestContext: {
    requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    stage: 'dev',
    identity: { apiKey: API_KEY, apiKeyId: 'k3yid12345' },
  },
  body: null,
  isBase64Encoded: false,
});

export const API_KEY = 'a-key-that-must-never-be-logged';
