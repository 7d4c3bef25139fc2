import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

interface Refusal {
  readonly type: ResponseType;
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Seconds after which the same request may succeed; undefined where it never does. */
  readonly retryAfter?: number;
}

/**
 * What API Gateway answers without the function, in the words of the function's own problems. A template cannot tell the
 * status of the answer, so each kind that this API knows has its own, and the two defaults stand for what is left.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const REFUSALS: readonly Refusal[] = [
  {
    type: ResponseType.INVALID_API_KEY,
    status: 403,
    code: 'forbidden',
    title: 'Forbidden',
    detail: 'The header x-api-key is missing, or is not a key of this service.',
  },
  {
    type: ResponseType.THROTTLED,
    status: 429,
    code: 'throttled',
    title: 'Too many requests',
    detail: 'The requests of this key come faster than its usage plan allows.',
    retryAfter: 1,
  },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    status: 429,
    code: 'quota-exceeded',
    title: 'Quota exceeded',
    detail: 'This key has used up the requests of its usage plan; a new period begins at midnight UTC.',
    retryAfter: 3600,
  },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    code: 'request-too-large',
    title: 'Request too large',
    detail: 'The request is larger than the service takes; images are asked for without a body.',
  },
  ...[ResponseType.MISSING_AUTHENTICATION_TOKEN, ResponseType.ACCESS_DENIED, ResponseType.WAF_FILTERED].map((type) => ({
    type,
    status: 403,
    code: 'not-allowed',
    title: 'Not allowed',
    detail: 'The service does not take requests of this kind.',
  })),
  {
    type: ResponseType.DEFAULT_4XX,
    status: 400,
    code: 'gateway-4xx',
    title: 'Bad request',
    detail: 'The request did not reach the service, because it cannot be read.',
  },
  ...[ResponseType.INTEGRATION_TIMEOUT, ResponseType.INTEGRATION_FAILURE].map((type) => ({
    type,
    status: 504,
    code: 'gateway-timeout',
    title: 'Gateway timeout',
    detail: 'The service did not answer in time.',
    retryAfter: 1,
  })),
  {
    type: ResponseType.DEFAULT_5XX,
    status: 502,
    code: 'gateway-5xx',
    title: 'Bad gateway',
    detail: 'The service failed before it could answer.',
    retryAfter: 1,
  },
];

/** Lets API Gateway's own answers look like the service's. Their scripts may read them wherever they may read images. */
export const addGatewayResponses = (api: RestApi, { cors }: { readonly cors: boolean }): void => {
  for (const { type, status, code, title, detail, retryAfter } of REFUSALS) {
    const retryable = retryAfter !== undefined;
    const problem = {
      type: `urn:images-api:problem:${code}`,
      title,
      status,
      detail,
      code,
      requestId: '$context.requestId',
      retryable,
    };
    api.addGatewayResponse(`Response-${type.responseType}`, {
      type,
      statusCode: String(status),
      responseHeaders: {
        'Content-Type': "'application/problem+json'",
        'Cache-Control': "'no-store'",
        'X-Content-Type-Options': "'nosniff'",
        'X-Request-Id': 'context.requestId',
        ...(retryable ? { 'Retry-After': `'${retryAfter}'` } : {}),
        // They hold nothing of anybody's, so they need not name the origins.
        ...(cors
          ? { 'Access-Control-Allow-Origin': "'*'", 'Access-Control-Expose-Headers': "'Retry-After, X-Request-Id'" }
          : {}),
      },
      templates: { 'application/json': JSON.stringify(problem) },
    });
  }
};
