/**
 * Fields of an access log line, and their variables.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
 *
 * `$context.error.message` is left out on purpose: it can quote the Authorization header of the client.
 */
export const ACCESS_LOG = {
  time: '$context.requestTime',
  // A client can choose this ID with the header X-Amzn-RequestId. It cannot choose the next two.
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  // The request ID of Lambda. The line of the function and those of the runtime have the same ID.
  integrationRequestId: '$context.integration.requestId',
  traceId: '$context.xrayTraceId',
  apiKeyId: '$context.identity.apiKeyId',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  latency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integration.status',
  integrationError: '$context.integration.error',
  responseTransferMode: '$context.integration.responseTransferMode',
  // Milliseconds from the connection to the function until all headers, and until the first byte of the body.
  timeToAllHeaders: '$context.integration.timeToAllHeaders',
  timeToFirstContent: '$context.integration.timeToFirstContent',
  refusal: '$context.error.responseType',
};
