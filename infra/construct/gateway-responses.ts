import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { GatewayProblemCode } from '../../src/contract/gateway-problems.ts';
import { createGatewayResponse } from '../../src/contract/gateway-response.ts';

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

/** Gives the responses that API Gateway creates the format of the function's problems. */
export const addGatewayResponses = (api: RestApi, { cors }: { readonly cors: boolean }): void => {
  for (const [code, types] of Object.entries(RESPONSE_TYPES)) {
    const { status, headers, body } = createGatewayResponse(code as GatewayProblemCode, REQUEST_ID, cors);
    const mappings = Object.entries(headers).map(([name, value]) => [
      name,
      value === REQUEST_ID ? 'context.requestId' : `'${value}'`,
    ]);
    for (const type of types) {
      api.addGatewayResponse(`Response-${type.responseType}`, {
        type,
        statusCode: String(status),
        responseHeaders: Object.fromEntries(mappings),
        templates: { 'application/json': body },
      });
    }
  }
};

/** The request ID in a template. Header mappings have another syntax. */
const REQUEST_ID = '$context.requestId';
