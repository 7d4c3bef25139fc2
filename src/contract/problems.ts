/** How a failure is described to callers. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Seconds for the Retry-After header. */
  readonly retryAfter?: number;
}

export type ServiceProblemCode =
  | 'path-missing'
  | 'invalid-path'
  | 'invalid-request'
  | 'invalid-cursor'
  | 'unknown-path'
  | 'image-not-found'
  | 'method-not-allowed'
  | 'image-archived'
  | 'precondition-failed'
  | 'image-too-large'
  | 'too-many-paths'
  | 'request-too-large'
  | 'range-not-satisfiable'
  | 'store-forbidden'
  | 'role-refused'
  | 'store-misconfigured'
  | 'store-unavailable'
  | 'store-throttled'
  | 'store-timeout'
  | 'invalid-mapping'
  | 'internal';

/** Failures that the function itself reports. */
export const SERVICE_PROBLEMS: Readonly<Record<ServiceProblemCode, Problem>> = {
  'path-missing': { status: 400, title: 'No path', retryable: false },
  'invalid-path': {
    status: 400,
    title: 'Invalid path',
    retryable: false,
  },
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    retryable: false,
  },
  'invalid-cursor': {
    status: 400,
    title: 'Invalid cursor',
    retryable: false,
  },
  'unknown-path': {
    status: 404,
    title: 'Unknown path',
    retryable: false,
  },
  'image-not-found': {
    status: 404,
    title: 'Image not found',
    retryable: false,
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    retryable: false,
  },
  'image-archived': {
    status: 409,
    title: 'Image archived',
    retryable: false,
  },
  'precondition-failed': {
    status: 412,
    title: 'Precondition failed',
    retryable: false,
  },
  'image-too-large': {
    status: 413,
    title: 'Image too large',
    retryable: false,
  },
  'too-many-paths': {
    status: 413,
    title: 'Too many paths',
    retryable: false,
  },
  'request-too-large': { status: 413, title: 'Request too large', retryable: false },
  'range-not-satisfiable': {
    status: 416,
    title: 'Range not satisfiable',
    retryable: false,
  },
  'store-forbidden': {
    status: 502,
    title: 'Store denies access',
    retryable: false,
  },
  'role-refused': {
    status: 502,
    title: 'Role refused',
    retryable: false,
  },
  'store-misconfigured': {
    status: 502,
    title: 'Store misconfigured',
    retryable: false,
  },
  'store-unavailable': {
    status: 502,
    title: 'Store unavailable',
    retryable: true,
  },
  'store-throttled': {
    status: 503,
    title: 'Store throttled',
    retryable: true,
    retryAfter: 1,
  },
  'store-timeout': {
    status: 504,
    title: 'Store timed out',
    retryable: true,
  },
  'invalid-mapping': {
    status: 500,
    title: 'Invalid mapping',
    retryable: false,
  },
  internal: { status: 500, title: 'Internal error', retryable: true },
};

/** Formats the body of a problem document (RFC 9457). */
export const formatProblem = (
  code: string,
  { title, status, retryable }: Problem,
  detail: string,
  requestId: string,
): string =>
  JSON.stringify({ type: `urn:images-api:problem:${code}`, title, status, detail, code, requestId, retryable });
