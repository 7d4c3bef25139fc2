import type { IncomingMessage } from 'node:http';

/** A request target, split as API Gateway splits it. */
export interface RoutedRequest {
  /** First segment of the path; empty if there is none. */
  readonly stage: string;
  /** Encoded path below the stage, with a leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface EventContext {
  readonly requestId: string;
  readonly apiKey: string;
  readonly apiKeyId: string;
  readonly body: Buffer;
}

/** Splits the target of a request. The path stays encoded. */
export const routeRequest = (target: string): RoutedRequest => {
  const [whole = '', ...query] = target.split('?');
  const [, stage = '', path = ''] = /^\/([^/]*)(.*)$/.exec(whole) ?? [];
  return { stage, path: path === '' ? '/' : path, query: new URLSearchParams(query.join('?')) };
};

/**
 * Creates the event of the proxy integration, as for an API with the method ANY on the root and on `{proxy+}`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export const toProxyEvent = (request: IncomingMessage, route: RoutedRequest, context: EventContext): object => {
  const { stage, path, query } = route;
  const { requestId, apiKey, apiKeyId, body } = context;
  const headers = groupPairs(pairsOf(request.rawHeaders));
  const parameters = groupPairs([...query]);
  // API Gateway removes leading slashes and one trailing slash. An inner double slash stays.
  const proxy = path.replace(/^\/+/, '').replace(/\/$/, '');
  const resource = proxy === '' ? '/' : '/{proxy+}';
  return {
    resource,
    path,
    httpMethod: request.method,
    headers: headers.last,
    multiValueHeaders: headers.all,
    queryStringParameters: parameters.last,
    multiValueQueryStringParameters: parameters.all,
    pathParameters: proxy === '' ? null : { proxy },
    stageVariables: null,
    requestContext: {
      resourcePath: resource,
      httpMethod: request.method,
      path: `/${stage}${path}`,
      stage,
      protocol: `HTTP/${request.httpVersion}`,
      requestId,
      requestTimeEpoch: Date.now(),
      identity: {
        apiKey,
        apiKeyId,
        sourceIp: request.socket.remoteAddress ?? null,
        userAgent: request.headers['user-agent'] ?? null,
      },
    },
    body: body.length === 0 ? null : body.toString('base64'),
    isBase64Encoded: body.length > 0,
  };
};

const pairsOf = (rawHeaders: readonly string[]): [string, string][] =>
  rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] as string]] : []));

interface Grouped {
  /** The last value of each name. */
  readonly last: Readonly<Record<string, string>> | null;
  readonly all: Readonly<Record<string, readonly string[]>> | null;
}

/** Groups values by name. API Gateway sends `null` instead of an empty map. */
const groupPairs = (pairs: readonly (readonly [string, string])[]): Grouped => {
  if (pairs.length === 0) return { last: null, all: null };
  const all: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    all[name] ??= [];
    all[name].push(value);
  }
  return { last: Object.fromEntries(pairs), all };
};
