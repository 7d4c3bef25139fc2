/** The API key in every event. The service must not log it. */
export const EVENT_API_KEY = 'the-value-of-the-key';

export interface EventChanges {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly requestId?: string;
  /** Decoded values. */
  readonly query?: Record<string, string>;
  readonly body?: string;
}

/**
 * An event of the proxy integration of a REST API.
 *
 * @param path below the stage, encoded as in the URL.
 */
export const proxyEvent = (path: string, changes: EventChanges = {}): Record<string, unknown> => {
  const { method = 'GET', requestId = 'request-1', query, body } = changes;
  const headers = { 'x-api-key': EVENT_API_KEY, ...changes.headers };
  const proxy = path.replace(/\/$/, '');
  return {
    resource: proxy === '' ? '/' : '/{proxy+}',
    path: `/${path}`,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters:
      query === undefined ? null : Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
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
    // The API treats every media type as binary.
    body: body === undefined ? null : Buffer.from(body).toString('base64'),
    isBase64Encoded: body !== undefined,
  };
};
