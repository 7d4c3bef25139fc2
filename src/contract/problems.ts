/** How a failure is described to callers. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Seconds for the Retry-After header. */
  readonly retryAfter?: number;
  /** Explanation of the code, for the documentation. */
  readonly meaning: string;
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
  'path-missing': { status: 400, title: 'No path', retryable: false, meaning: 'The request has no path.' },
  'invalid-path': {
    status: 400,
    title: 'Invalid path',
    retryable: false,
    meaning: 'The path is malformed; the detail says where.',
  },
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    retryable: false,
    meaning: 'A parameter of the request is wrong; the detail says which and why.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'Invalid cursor',
    retryable: false,
    meaning: 'The cursor is malformed, or belongs to another prefix or mapping. Start the listing again.',
  },
  'unknown-path': {
    status: 404,
    title: 'Unknown path',
    retryable: false,
    meaning: 'No route of the mapping matches the path.',
  },
  'image-not-found': {
    status: 404,
    title: 'Image not found',
    retryable: false,
    meaning: 'The bucket has no object for this path.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    retryable: false,
    meaning: 'The method is not GET, HEAD or OPTIONS; at the root, POST may be allowed as well.',
  },
  'image-archived': {
    status: 409,
    title: 'Image archived',
    retryable: false,
    meaning: 'The object is in an archive and must be restored first.',
  },
  'precondition-failed': {
    status: 412,
    title: 'Precondition failed',
    retryable: false,
    meaning: 'The condition of If-Match or If-Unmodified-Since is false.',
  },
  'image-too-large': {
    status: 413,
    title: 'Image too large',
    retryable: false,
    meaning:
      'The response would be larger than Lambda can send: 200 MB, or 4.7 MB in buffered mode. Fetch it in parts with Range.',
  },
  'too-many-paths': {
    status: 413,
    title: 'Too many paths',
    retryable: false,
    meaning: 'The batch has more than 1,000 paths, or its answer does not fit into a buffered response.',
  },
  'range-not-satisfiable': {
    status: 416,
    title: 'Range not satisfiable',
    retryable: false,
    meaning: 'The range is outside the image; Content-Range contains the size.',
  },
  'store-forbidden': {
    status: 502,
    title: 'Store denies access',
    retryable: false,
    meaning: 'S3 denies access to the object. Without s3:ListBucket, S3 gives the same answer for a missing object.',
  },
  'role-refused': {
    status: 502,
    title: 'Role refused',
    retryable: false,
    meaning: 'The function cannot assume the role that reads the bucket.',
  },
  'store-misconfigured': {
    status: 502,
    title: 'Store misconfigured',
    retryable: false,
    meaning:
      'The bucket does not exist, is in another region (set bucketRegion), or the object is encrypted with SSE-C.',
  },
  'store-unavailable': {
    status: 502,
    title: 'Store unavailable',
    retryable: true,
    meaning: 'S3 or STS failed or could not be reached.',
  },
  'store-throttled': {
    status: 503,
    title: 'Store throttled',
    retryable: true,
    retryAfter: 1,
    meaning: 'S3 or STS is throttling requests.',
  },
  'store-timeout': {
    status: 504,
    title: 'Store timed out',
    retryable: true,
    meaning: 'S3 or STS did not answer in time.',
  },
  'invalid-mapping': {
    status: 500,
    title: 'Invalid mapping',
    retryable: false,
    meaning: 'The mapping is wrong. The function does not start with it, so no caller sees this code.',
  },
  internal: { status: 500, title: 'Internal error', retryable: true, meaning: 'An unexpected failure of the service.' },
};

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
    meaning: 'The API key is missing or wrong.',
  },
  'not-allowed': {
    status: 403,
    title: 'Not allowed',
    retryable: false,
    detail: 'The service does not accept requests of this kind, or none from this network.',
    meaning: 'API Gateway, its resource policy or a web ACL denies the request.',
  },
  'request-too-large': {
    status: 413,
    title: 'Request too large',
    retryable: false,
    detail: 'The request is larger than the service accepts. Send a smaller body, or none.',
    meaning: 'The request body is larger than 10 MB, or that of a batch is larger than 4 MB.',
  },
  throttled: {
    status: 429,
    title: 'Too many requests',
    retryable: true,
    retryAfter: 1,
    detail: 'The requests exceed a rate limit: of this key, of the service or of its AWS account.',
    meaning: 'The requests exceed a rate limit: of the usage plan of the key, the stage or the AWS account.',
  },
  'quota-exceeded': {
    status: 429,
    title: 'Quota exceeded',
    retryable: true,
    retryAfter: 3600,
    detail: 'This key has used up the quota of its usage plan for the current period.',
    meaning: 'The key has used up the quota of its usage plan.',
  },
  'gateway-4xx': {
    status: 400,
    title: 'Bad request',
    retryable: false,
    detail: 'API Gateway rejected the request, so the request did not reach the service.',
    meaning: 'API Gateway rejects the request.',
  },
  'gateway-timeout': {
    status: 504,
    title: 'Gateway timeout',
    retryable: true,
    retryAfter: 1,
    detail: 'The service did not answer in time.',
    meaning: 'The function did not answer API Gateway in time.',
  },
  'gateway-5xx': {
    status: 502,
    title: 'Bad gateway',
    retryable: true,
    retryAfter: 1,
    detail: 'The service failed before it answered.',
    meaning: 'The function failed before it answered.',
  },
};

/** Formats the body of a problem document (RFC 9457). */
export const formatProblem = (
  code: string,
  { title, status, retryable }: Problem,
  detail: string,
  requestId: string,
): string =>
  JSON.stringify({ type: `urn:images-api:problem:${code}`, title, status, detail, code, requestId, retryable });
