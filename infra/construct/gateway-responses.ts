import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { GATEWAY_PROBLEMS, type GatewayProblemCode, problemType } from '../../src/contract/problems.ts';

/**
 * Which kinds of response API Gateway has for each problem. A template cannot read the status of the response, so each
 * kind that this API knows has its own, and the two defaults cover the rest.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const RESPONSE_TYPES: Readonly<Record<GatewayProblemCode, readonly ResponseType[]>> = {
  forbidden: [ResponseType.INVALID_API_KEY],
  throttled: [ResponseType.THROTTLED],
  'quota-exceeded': [ResponseType.QUOTA_EXCEEDED],
  'request-too-large': [ResponseType.REQUEST_TOO_LARGE],
  'not-allowed': [ResponseType.MISSING_AUTHENTICATION_TOKEN, ResponseType.ACCESS_DENIED, ResponseType.WAF_FILTERED],
  'gateway-4xx': [ResponseType.DEFAULT_4XX],
  'gateway-timeout': [ResponseType.INTEGRATION_TIMEOUT, ResponseType.INTEGRATION_FAILURE],
  'gateway-5xx': [ResponseType.DEFAULT_5XX],
};

/** Makes the responses of API Gateway look like the service's. With CORS, scripts of any origin may read them. */
export const addGatewayResponses = (api: RestApi, { cors }: { readonly cors: boolean }): void => {
  for (const [code, types] of Object.entries(RESPONSE_TYPES)) {
    const { status, title, detail, retryable, retryAfter } = GATEWAY_PROBLEMS[code as GatewayProblemCode];
    const problem = {
      type: problemType(code),
      title,
      status,
      detail,
      code,
      requestId: '$context.requestId',
      retryable,
    };
    for (const type of types) {
      api.addGatewayResponse(`Response-${type.responseType}`, {
        type,
        statusCode: String(status),
        responseHeaders: {
          'Content-Type': "'application/problem+json'",
          'Cache-Control': "'no-store'",
          'X-Content-Type-Options': "'nosniff'",
          'X-Request-Id': 'context.requestId',
          ...(retryAfter === undefined ? {} : { 'Retry-After': `'${retryAfter}'` }),
          // These responses contain nothing about the caller, so they need not name the origins.
          ...(cors
            ? { 'Access-Control-Allow-Origin': "'*'", 'Access-Control-Expose-Headers': "'Retry-After, X-Request-Id'" }
            : {}),
        },
        templates: { 'application/json': JSON.stringify(problem) },
      });
    }
  }
};
