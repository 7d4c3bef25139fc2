import { formatProblem, type Problem, SERVICE_PROBLEMS } from '../../contract/problems.ts';
import { type ImageError, type ImageErrorCode, toImageError } from '../../domain/errors.ts';

/** A failure that only the HTTP side can have. The domain does not know it. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';
  readonly code: 'method-not-allowed' | 'image-too-large' | 'too-many-paths' | 'request-too-large';

  constructor(code: EdgeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A failure that the response reports to the client. */
export type AnsweredError = ImageError | EdgeError;

export const toAnsweredError = (error: unknown): AnsweredError =>
  error instanceof EdgeError ? error : toImageError(error);

/** This assignment does not compile if a code has no row in the contract. */
const PROBLEMS: Readonly<Record<ImageErrorCode | EdgeError['code'], Problem>> = SERVICE_PROBLEMS;

export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** True for a failure of the service or its store, which its operator must see; false for a fault of the request. */
export const isServiceFailure = ({ code }: AnsweredError): boolean => PROBLEMS[code].status >= 500;

/** Formats the body of a problem document. */
export const formatError = ({ code, message }: AnsweredError, requestId: string): string =>
  formatProblem(code, PROBLEMS[code], message, requestId);

/**
 * Converts an error to `application/problem+json` (RFC 9457).
 *
 * @param methods value of the Allow header.
 */
export const createProblem = (error: AnsweredError, requestId: string, methods: string): ProblemResponse => {
  const { code } = error;
  const { status, retryAfter } = PROBLEMS[code];
  const size = 'size' in error ? error.size : undefined;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      // A missing image may be uploaded soon, so it is cached briefly. Other failures may be over by the next request.
      'Cache-Control': code === 'image-not-found' ? 'private, max-age=10' : 'no-store',
      ...(code === 'method-not-allowed' ? { Allow: methods } : {}),
      ...(code === 'range-not-satisfiable' && size !== undefined ? { 'Content-Range': `bytes */${size}` } : {}),
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    },
    text: formatError(error, requestId),
  };
};
