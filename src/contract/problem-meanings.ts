import type { GatewayProblemCode } from './gateway-problems.ts';
import type { ServiceProblemCode } from './problems.ts';

export type ProblemCode = ServiceProblemCode | GatewayProblemCode;

/** The meaning of each code, for the documentation and the command line. The function does not contain these texts. */
export const PROBLEM_MEANINGS: Readonly<Record<ProblemCode, string>> = {
  'path-missing': 'The request has no path.',
  'invalid-path': 'The path is malformed; the detail says where.',
  'invalid-request': 'A parameter of the request is wrong; the detail says which and why.',
  'invalid-cursor': 'The cursor is malformed, or belongs to another prefix or mapping. Start the listing again.',
  'unknown-path': 'No route of the mapping matches the path.',
  'image-not-found': 'The bucket has no object for this path.',
  'method-not-allowed': 'The method is not GET, HEAD or OPTIONS; at the root, POST may be allowed as well.',
  'image-archived': 'The object is in an archive and must be restored first.',
  'precondition-failed': 'The condition of If-Match or If-Unmodified-Since is false.',
  'image-too-large':
    'The response would be larger than Lambda can send: 200 MB, or 4.7 MB in buffered mode. Fetch it in parts with Range.',
  'too-many-paths': 'The batch has more than 1,000 paths, or its answer does not fit into a buffered response.',
  'range-not-satisfiable': 'The range is outside the image; Content-Range contains the size.',
  'store-forbidden':
    'S3 denies access to the object. Without s3:ListBucket, S3 gives the same answer for a missing object.',
  'role-refused': 'The function cannot assume the role that reads the bucket.',
  'store-misconfigured':
    'The bucket does not exist, is in another region (set bucketRegion), or the object is encrypted with SSE-C.',
  'store-unavailable': 'S3 or STS failed or could not be reached.',
  'store-throttled': 'S3 or STS is throttling requests.',
  'store-timeout': 'S3 or STS did not answer in time.',
  'invalid-mapping': 'The mapping is wrong. The function does not start with it, so no caller sees this code.',
  internal: 'An unexpected failure of the service.',
  forbidden: 'The API key is missing or wrong.',
  'not-allowed': 'API Gateway, its resource policy or a web ACL denies the request.',
  'request-too-large': 'The request body is larger than 10 MB, or that of a batch is larger than 4 MB.',
  throttled: 'The requests exceed a rate limit: of the usage plan of the key, the stage or the AWS account.',
  'quota-exceeded': 'The key has used up the quota of its usage plan.',
  'gateway-4xx': 'API Gateway rejects the request.',
  'gateway-timeout': 'The function did not answer API Gateway in time.',
  'gateway-5xx': 'The function failed before it answered.',
};
