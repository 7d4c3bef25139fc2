import type { ImageError, ImageErrorCode } from '../../domain/errors.ts';

interface Problem {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
}

/** The one place where a code becomes a status: a code without one does not compile. */
const PROBLEMS = {
  'path-missing': { status: 400, title: 'No path', retryable: false },
  'invalid-path': { status: 400, title: 'Invalid path', retryable: false },
  'unknown-path': { status: 404, title: 'Unknown path', retryable: false },
  'image-not-found': { status: 404, title: 'Image not found', retryable: false },
  'method-not-allowed': { status: 405, title: 'Method not allowed', retryable: false },
  'image-archived': { status: 409, title: 'Image archived', retryable: false },
  'precondition-failed': { status: 412, title: 'Precondition failed', retryable: false },
  'image-too-large': { status: 413, title: 'Image too large', retryable: false },
  'range-not-satisfiable': { status: 416, title: 'Range not satisfiable', retryable: false },
  'store-forbidden': { status: 502, title: 'Store refuses access', retryable: false },
  'role-refused': { status: 502, title: 'Role refused', retryable: false },
  'store-misconfigured': { status: 502, title: 'Store misconfigured', retryable: false },
  'store-unavailable': { status: 502, title: 'Store unavailable', retryable: true },
  'store-throttled': { status: 503, title: 'Store throttled', retryable: true },
  'store-timeout': { status: 504, title: 'Store timed out', retryable: true },
  // Thrown before there is a request to answer.
  'invalid-mapping': { status: 500, title: 'Invalid mapping', retryable: false },
  internal: { status: 500, title: 'Internal error', retryable: true },
} as const satisfies Record<ImageErrorCode, Problem>;

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error as `application/problem+json` (RFC 9457). */
export const describeProblem = ({ code, message, size }: ImageError, requestId: string): ProblemAnswer => {
  const { status, title, retryable } = PROBLEMS[code];
  const type = `urn:images-api:problem:${code}`;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      // What is missing may be uploaded at any time; every other failure may be over by the next request.
      'Cache-Control': code === 'image-not-found' ? 'private, max-age=10' : 'no-store',
      ...(code === 'method-not-allowed' ? { Allow: ALLOWED_METHODS } : {}),
      ...(code === 'range-not-satisfiable' && size !== undefined ? { 'Content-Range': `bytes */${size}` } : {}),
      ...(code === 'store-throttled' ? { 'Retry-After': '1' } : {}),
    },
    body: JSON.stringify({ type, title, status, detail: message, code, requestId, retryable }),
  };
};

export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';
