import type { ConditionFields } from '../../domain/serving/conditions.ts';

/** What the service reads of a proxy event, and nothing else: events hold the value of the caller's API key. */
export interface GatewayRequest {
  readonly requestId: string;
  /** The id of the API key; never its value. */
  readonly apiKeyId: string | undefined;
  readonly method: string;
  /** Below the stage, encoded as the caller wrote it; empty for the root. */
  readonly path: string;
  readonly origin: string | undefined;
  readonly range: string | undefined;
  readonly conditions: ConditionFields;
}

/**
 * Reads an event of a REST API's proxy integration. Every value may be missing or of any type: what cannot be read is
 * read as absent.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export const readEvent = (event: unknown, fallbackId: string): GatewayRequest => {
  const { httpMethod, path, pathParameters, requestContext, headers, multiValueHeaders } = members(event);
  const { requestId, identity } = members(requestContext);
  const field = fieldReader(headers, multiValueHeaders);
  return {
    requestId: token(requestId) ?? token(fallbackId) ?? 'unknown',
    apiKeyId: token(members(identity)['apiKeyId']),
    method: token(httpMethod) ?? 'unknown',
    path: readPath(text(path), text(members(pathParameters)['proxy'])),
    origin: field('origin'),
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

/** `proxy` leaves out the base path of a custom domain, which `path` has; but it leaves out a trailing slash, too. */
const readPath = (path: string | undefined, proxy: string | undefined): string => {
  if (proxy === undefined) return '';
  return path?.endsWith('/') === true && !proxy.endsWith('/') ? `${proxy}/` : proxy;
};

/** Names keep the case in which the caller wrote them; several fields of one name are one list (RFC 9110, section 5.3). */
const fieldReader = (headers: unknown, multiValueHeaders: unknown): ((name: string) => string | undefined) => {
  const fields = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(members(headers))) {
    if (typeof value === 'string') fields.set(name.toLowerCase(), value);
  }
  for (const [name, values] of Object.entries(members(multiValueHeaders))) {
    const lines = Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
    if (lines.length > 0) lists.set(name.toLowerCase(), [...(lists.get(name.toLowerCase()) ?? []), ...lines]);
  }
  return (name) => lists.get(name)?.join(', ') ?? fields.get(name);
};

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A text that may stand in a header and in a log line. */
const token = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:=@-]{1,128}$/.test(value) ? value : undefined;
