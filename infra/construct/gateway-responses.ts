import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { GATEWAY_PROBLEMS, type GatewayProblemCode, problemType } from '../../src/contract/problems.ts';

/**
 * Response types of API Gateway for each problem. A response template cannot read the status, so each type that this API
 * can cause has its own template. The two defaults cover all other types.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const RESPONSE_TYPES: Readonly<Record<GatewayProblemCode, readonly ResponseType[]>> = {
  forbidden: [ResponseType.INVALID_API_KEY],
  throttled: [ResponseType.THROTTLED],
  'quota-exceeded': [ResponseType.QUOTA_EXCEEDED],
  'request-too-large': [ResponseType.REQUEST_TOO_LARGE],
  'not-allowed': [ResponseType.MISSING_AUTHENTICATION_TOKEN, ResponseType.ACCESS_DENIED, ResponseType.WAF_FILTERED],
  'gateway-4xx': [ResponseType.DEFAULT_4XX],
  'gateway-timeout': [ResponseType.INTEGRATION_TIMEOUT],
  'gateway-5xx': [ResponseType.DEFAULT_5XX, ResponseType.INTEGRATION_FAILURE],
};

/**
 * Gives the responses that API Gateway creates the format of the function's problems. With CORS, scripts of every origin
 * may read them.
 */
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
          // Every origin may read these responses, because they contain no data about the caller.
          ...(cors
            ? { 'Access-Control-Allow-Origin': "'*'", 'Access-Control-Expose-Headers': "'Retry-After, X-Request-Id'" }
            : {}),
        },
        templates: { 'application/json': JSON.stringify(problem) },
      });
    }
  }
};
