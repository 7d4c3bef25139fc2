/** A proxy event as API Gateway makes it for a path below the stage, encoded as in the URL. */
export const proxyEvent = (
  path: string,
  changes: { method?: string; headers?: Record<string, string> } = {},
): Record<string, unknown> => {
  const { method = 'GET', headers = {} } = changes;
  const proxy = path.replace(/\/$/, '');
  return {
    resource: proxy === '' ? '/' : '/{proxy+}',
    path: `/${path}`,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: proxy === '' ? null : { proxy },
    stageVariables: null,
    requestContext: {
      requestId: 'request-1',
      stage: 'dev',
      path: `/dev/${path}`,
      httpMethod: method,
      identity: { apiKey: 'the-value-of-the-key', apiKeyId: 'key-1', sourceIp: '127.0.0.1' },
    },
    body: null,
    isBase64Encoded: false,
  };
};
