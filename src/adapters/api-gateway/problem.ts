import { ALLOWED_METHODS } from '../../contract/http.ts';
import { formatProblem, type Problem, SERVICE_PROBLEMS } from '../../contract/problems.ts';
import type { ImageError, ImageErrorCode } from '../../domain/errors.ts';

/** A failure that only the HTTP side can have. The domain does not know it. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';
  readonly code: 'method-not-allowed' | 'image-too-large';

  constructor(code: EdgeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A failure that the response reports to the client. */
export type AnsweredError = ImageError | EdgeError;

/** This assignment does not compile if a code has no row in the contract. */
const PROBLEMS: Readonly<Record<ImageErrorCode | EdgeError['code'], Problem>> = SERVICE_PROBLEMS;

export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Converts an error to `application/problem+json` (RFC 9457). */
export const createProblem = (error: AnsweredError, requestId: string): ProblemResponse => {
  const { code, message } = error;
  const problem = PROBLEMS[code];
  const { status, retryAfter } = problem;
  const size = 'size' in error ? error.size : undefined;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      // A missing image may be uploaded soon, so it is cached briefly. Other failures may be over by the next request.
      'Cache-Control': code === 'image-not-found' ? 'private, max-age=10' : 'no-store',
      ...(code === 'method-not-allowed' ? { Allow: ALLOWED_METHODS } : {}),
      ...(code === 'range-not-satisfiable' && size !== undefined ? { 'Content-Range': `bytes */${size}` } : {}),
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    },
    text: formatProblem(code, problem, message, requestId),
  };
};
