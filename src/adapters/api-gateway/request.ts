import type { ConditionFields } from '../../domain/serving/conditions.ts';

/**
 * The parts of a proxy event that the service uses. It leaves out everything else, such as the value of the API key.
 */
export interface GatewayRequest {
  /** ID of the response. API Gateway takes it from the header X-Amzn-RequestId if the client sends one. */
  readonly requestId: string;
  /** API Gateway's own ID of the request, which a client cannot choose. */
  readonly extendedRequestId: string | undefined;
  /** Lambda's ID of the invocation. */
  readonly awsRequestId: string | undefined;
  /** ID of the X-Ray trace. */
  readonly traceId: string | undefined;
  /** ID of the API key, never its value. */
  readonly apiKeyId: string | undefined;
  readonly method: string;
  /** Path below the stage, encoded as the client sent it; empty for the root. */
  readonly path: string;
  readonly origin: string | undefined;
  /** Whether a browser sent the request for a page or a script. After a redirect to S3 it would send `Origin: null`. */
  readonly isBrowser: boolean;
  readonly accept: string | undefined;
  /** Decoded values of each query parameter. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly body: RequestBody;
  readonly range: string | undefined;
  readonly conditions: ConditionFields;
}

/** Empty if the request has no body. */
export interface RequestBody {
  readonly text: string;
  /** Whether the text is the base64 of the body. */
  readonly isBase64: boolean;
}

/** IDs of an invocation, which Lambda passes in addition to the event. */
export interface Invocation {
  readonly awsRequestId: string;
  /**
   * The X-Ray header: `Root=1-…;Parent=…;Sampled=1`.
   * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
   */
  readonly traceHeader: string | undefined;
}

/**
 * Parses an event of the proxy integration of a REST API. Every value may be missing or have any type. A value that
 * cannot be read counts as missing.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export const readEvent = (event: unknown, invocation: Invocation): GatewayRequest => {
  const { httpMethod, path, pathParameters, requestContext, headers, multiValueHeaders, ...rest } = asRecord(event);
  const { requestId, extendedRequestId, identity } = asRecord(requestContext);
  const awsRequestId = token(invocation.awsRequestId);
  const field = fieldReader(headers, multiValueHeaders);
  const origin = field('origin');
  return {
    requestId: token(requestId) ?? awsRequestId ?? 'unknown',
    extendedRequestId: token(extendedRequestId),
    awsRequestId,
    traceId: /(?:^|;)Root=([\da-f-]{1,64})(?:;|$)/.exec(invocation.traceHeader ?? '')?.[1],
    apiKeyId: token(asRecord(identity)['apiKeyId']),
    method: token(httpMethod) ?? 'unknown',
    path: readPath(text(path), text(asRecord(pathParameters)['proxy'])),
    origin,
    // A page of the same origin sends no Origin with GET.
    isBrowser: origin !== undefined || field('sec-fetch-site') !== undefined,
    accept: field('accept'),
    query: readQuery(rest['queryStringParameters'], rest['multiValueQueryStringParameters']),
    body: { text: text(rest['body']) ?? '', isBase64: rest['isBase64Encoded'] === true },
    range: field('range'),
    conditions: {
      ifMatch: field('if-match'),
      ifNoneMatch: field('if-none-match'),
      ifModifiedSince: field('if-modified-since'),
      ifUnmodifiedSince: field('if-unmodified-since'),
      ifRange: field('if-range'),
    },
  };
};

/** Returns `proxy`, which lacks the base path of a custom domain. Restores the trailing slash that `proxy` drops. */
const readPath = (path: string | undefined, proxy: string | undefined): string => {
  if (proxy === undefined) return '';
  return path?.endsWith('/') === true && !proxy.endsWith('/') ? `${proxy}/` : proxy;
};

const readQuery = (parameters: unknown, multiValueParameters: unknown): ReadonlyMap<string, readonly string[]> => {
  const query = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(asRecord(parameters))) {
    if (typeof value === 'string') query.set(name, [value]);
  }
  for (const [name, values] of Object.entries(asRecord(multiValueParameters))) {
    const texts = asTexts(values);
    if (texts.length > 0) query.set(name, texts);
  }
  return query;
};

/** Finds headers in any case. Fields with the same name are joined into one list (RFC 9110, section 5.3). */
const fieldReader = (headers: unknown, multiValueHeaders: unknown): ((name: string) => string | undefined) => {
  const fields = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(asRecord(headers))) {
    if (typeof value === 'string') fields.set(name.toLowerCase(), value);
  }
  for (const [name, values] of Object.entries(asRecord(multiValueHeaders))) {
    const lines = asTexts(values);
    if (lines.length > 0) lists.set(name.toLowerCase(), [...(lists.get(name.toLowerCase()) ?? []), ...lines]);
  }
  return (name) => lists.get(name)?.join(', ') ?? fields.get(name);
};

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const asTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Returns a text that is safe in a header and in a log line, or undefined. */
const token = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:=@-]{1,128}$/.test(value) ? value : undefined;
