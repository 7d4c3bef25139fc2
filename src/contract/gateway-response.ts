import { GATEWAY_PROBLEMS, type GatewayProblemCode } from './gateway-problems.ts';
import { varyOf } from './http.ts';
import { formatProblem } from './problems.ts';

/** A response that API Gateway creates without the function. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Creates the response of API Gateway to a failure. It has the form of a problem of the function. The deployed API and
 * the local gateway both send it.
 *
 * @param cors whether scripts of other origins may read it. Then scripts of every origin may, because it contains no data
 *   about the caller.
 */
export const createGatewayResponse = (code: GatewayProblemCode, requestId: string, cors: boolean): GatewayResponse => {
  const problem = GATEWAY_PROBLEMS[code];
  const { status, detail, retryAfter } = problem;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      Vary: varyOf(cors),
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': requestId,
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      ...(cors
        ? { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After, X-Request-Id' }
        : {}),
    },
    body: formatProblem(code, problem, detail, requestId),
  };
};
