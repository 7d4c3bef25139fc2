import type { IncomingMessage } from 'node:http';

/** A request as API Gateway takes it apart. */
export interface RoutedRequest {
  /** The first segment of the path; empty where there is none. */
  readonly stage: string;
  /** Below the stage, with its leading slash and its percent-escapes. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface EventContext {
  readonly requestId: string;
  readonly apiKey: string | undefined;
  readonly apiKeyId: string | undefined;
  readonly body: Buffer;
}

/** Splits the target of a request. Nothing of its path is decoded. */
export const routeRequest = (target: string): RoutedRequest => {
  const [whole = '', ...query] = target.split('?');
  const [, stage = '', path = ''] = /^\/([^/]*)(.*)$/.exec(whole) ?? [];
  return { stage, path: path === '' ? '/' : path, query: new URLSearchParams(query.join('?')) };
};

/**
 * The event of the proxy integration for a request, with ANY on the root and on `{proxy+}`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export const toProxyEvent = (request: IncomingMessage, route: RoutedRequest, context: EventContext): object => {
  const { stage, path, query } = route;
  const { requestId, apiKey, apiKeyId, body } = context;
  const headers = groupPairs(pairsOf(request.rawHeaders));
  const parameters = groupPairs([...query]);
  // Without its leading slashes and one trailing slash; an inner double slash stays.
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
        apiKey: apiKey ?? null,
        apiKeyId: apiKeyId ?? null,
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
  readonly last: Readonly<Record<string, string>> | null;
  readonly all: Readonly<Record<string, readonly string[]>> | null;
}

/** Absent is `null` in an event, never empty. */
const groupPairs = (pairs: readonly (readonly [string, string])[]): Grouped => {
  if (pairs.length === 0) return { last: null, all: null };
  const all: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    all[name] ??= [];
    all[name].push(value);
  }
  return { last: Object.fromEntries(pairs), all };
};
