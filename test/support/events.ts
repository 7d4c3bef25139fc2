/** The API key in every event. The service must not log it. */
export const EVENT_API_KEY = 'the-value-of-the-key';

/**
 * An event of the proxy integration of a REST API.
 *
 * @param path below the stage, encoded as in the URL.
 */
export const proxyEvent = (
  path: string,
  changes: { method?: string; headers?: Record<string, string>; requestId?: string } = {},
): Record<string, unknown> => {
  const { method = 'GET', requestId = 'request-1' } = changes;
  const headers = { 'x-api-key': EVENT_API_KEY, ...changes.headers };
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
      requestId,
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      stage: 'dev',
      path: `/dev/${path}`,
      httpMethod: method,
      identity: { apiKey: EVENT_API_KEY, apiKeyId: 'key-1', sourceIp: '127.0.0.1' },
    },
    body: null,
    isBase64Encoded: false,
  };
};
