import { type Problem, SERVICE_PROBLEMS } from './problems.ts';

/** A failure that API Gateway reports itself. Its detail is always the same. */
export interface GatewayProblem extends Problem {
  readonly detail: string;
}

export type GatewayProblemCode =
  | 'forbidden'
  | 'not-allowed'
  | 'request-too-large'
  | 'throttled'
  | 'quota-exceeded'
  | 'gateway-4xx'
  | 'gateway-timeout'
  | 'gateway-5xx';

/** Failures that API Gateway reports without a response of the function. */
export const GATEWAY_PROBLEMS: Readonly<Record<GatewayProblemCode, GatewayProblem>> = {
  forbidden: {
    status: 403,
    title: 'Forbidden',
    retryable: false,
    detail: 'The x-api-key header is missing, or its value is not a key of this service.',
  },
  'not-allowed': {
    status: 403,
    title: 'Not allowed',
    retryable: false,
    detail: 'The service does not accept requests of this kind, or none from this network.',
  },
  'request-too-large': {
    ...SERVICE_PROBLEMS['request-too-large'],
    detail: 'The request is larger than the service accepts. Send a smaller body, or none.',
  },
  throttled: {
    status: 429,
    title: 'Too many requests',
    retryable: true,
    retryAfter: 1,
    detail: 'The requests exceed a rate limit: of this key, of the service or of its AWS account.',
  },
  'quota-exceeded': {
    status: 429,
    title: 'Quota exceeded',
    retryable: true,
    retryAfter: 3600,
    detail: 'This key has used up the quota of its usage plan for the current period.',
  },
  'gateway-4xx': {
    status: 400,
    title: 'Bad request',
    retryable: false,
    detail: 'API Gateway rejected the request, so the request did not reach the service.',
  },
  'gateway-timeout': {
    status: 504,
    title: 'Gateway timeout',
    retryable: true,
    retryAfter: 1,
    detail: 'The service did not answer in time.',
  },
  'gateway-5xx': {
    status: 502,
    title: 'Bad gateway',
    retryable: true,
    retryAfter: 1,
    detail: 'The service failed before it answered.',
  },
};
