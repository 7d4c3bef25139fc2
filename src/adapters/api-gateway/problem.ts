import { ALLOWED_METHODS } from '../../contract/http.ts';
import { type Problem, problemType, SERVICE_PROBLEMS } from '../../contract/problems.ts';
import type { ImageError, ImageErrorCode } from '../../domain/errors.ts';

/** A failure that is about the front door and unknown to the domain. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';
  readonly code: 'method-not-allowed' | 'image-too-large';

  constructor(code: EdgeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A failure that is answered to the caller. */
export type AnsweredError = ImageError | EdgeError;

/** A code without a row in the contract does not compile here. */
const PROBLEMS: Readonly<Record<ImageErrorCode | EdgeError['code'], Problem>> = SERVICE_PROBLEMS;

export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An error as `application/problem+json` (RFC 9457). */
export const createProblem = (error: AnsweredError, requestId: string): ProblemResponse => {
  const { code, message } = error;
  const { status, title, retryable, retryAfter } = PROBLEMS[code];
  const size = 'size' in error ? error.size : undefined;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      // A missing image may be uploaded at any time; every other failure may be over by the next request.
      'Cache-Control': code === 'image-not-found' ? 'private, max-age=10' : 'no-store',
      ...(code === 'method-not-allowed' ? { Allow: ALLOWED_METHODS } : {}),
      ...(code === 'range-not-satisfiable' && size !== undefined ? { 'Content-Range': `bytes */${size}` } : {}),
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    },
    text: JSON.stringify({ type: problemType(code), title, status, detail: message, code, requestId, retryable }),
  };
};
