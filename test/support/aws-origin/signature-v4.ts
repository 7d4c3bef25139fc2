import { createHash, createHmac } from 'node:crypto';
import { type ReceivedRequest, Refusal } from './exchange.ts';

export interface AccessKey {
  /** The ARN of the user or role to whom the key belongs. */
  readonly arn: string;
  readonly secretAccessKey: string;
  /** Temporary keys have a session token, which every request must contain, and they expire. */
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface Scope {
  readonly region: string;
  readonly service: 's3' | 'sts' | 'secretsmanager' | 'apigateway';
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * Checks that a request was signed with a known key for this region and service: in its headers, or in its query. Returns
 * the key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @throws Refusal with the error code of S3.
 */
export const verifySignature = (
  request: ReceivedRequest,
  scope: Scope,
  keys: ReadonlyMap<string, AccessKey>,
): AccessKey => {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const signature = readPresigned(request) ?? readAuthorization(request);
  const { accessKeyId = '', day, region, service, names = '', time, token, expiresIn } = signature;
  const key = keys.get(accessKeyId);
  if (key === undefined) throw new Refusal(403, 'InvalidAccessKeyId', { AWSAccessKeyId: accessKeyId });
  if (token !== (key.sessionToken ?? '')) throw new Refusal(400, 'InvalidToken');
  if (key.expiration !== undefined && key.expiration.getTime() <= scope.time) throw new Refusal(400, 'ExpiredToken');

  if (region !== scope.region || service !== scope.service || !time.startsWith(`${day}T`)) {
    throw new Refusal(400, 'AuthorizationHeaderMalformed', { Region: scope.region });
  }
  const age = scope.time - parseTime(time);
  if (expiresIn === undefined ? Math.abs(age) > MAX_SKEW : -age > MAX_SKEW) {
    throw new Refusal(403, 'RequestTimeTooSkewed');
  }
  if (expiresIn !== undefined && age > expiresIn * 1000) {
    throw new Refusal(403, 'AccessDenied', { Message: 'Request has expired' });
  }

  const signed = names.split(';');
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = mustBeSigned.filter((name) => !signed.includes(name));
  if (unsigned.length > 0) throw new Refusal(403, 'AccessDenied', { HeadersNotSigned: unsigned.join(', ') });
  const payload = expiresIn === undefined ? sha256(request.body) : 'UNSIGNED-PAYLOAD';
  if (expiresIn === undefined && header('x-amz-content-sha256') !== payload) {
    throw new Refusal(400, 'XAmzContentSHA256Mismatch');
  }

  const canonicalRequest = [
    request.method,
    request.path,
    request.query
      .split('&')
      .filter((parameter) => !parameter.startsWith('X-Amz-Signature='))
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${header(name).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    payload,
  ].join('\n');
  const stringToSign = [ALGORITHM, time, `${day}/${region}/${service}/aws4_request`, sha256(canonicalRequest)].join(
    '\n',
  );
  const signingKey = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  if (hmac(signingKey, stringToSign).toString('hex') !== signature.signature) {
    throw new Refusal(403, 'SignatureDoesNotMatch');
  }
  return key;
};

interface Signature {
  readonly accessKeyId?: string;
  readonly day?: string;
  readonly region?: string;
  readonly service?: string;
  /** Names of the signed headers, joined with semicolons. */
  readonly names?: string;
  readonly signature?: string;
  /** Such as `20261122T082057Z`. */
  readonly time: string;
  /** Session token; empty if there is none. */
  readonly token: string;
  /** Seconds that a presigned URL is valid; undefined for a signature in the headers. */
  readonly expiresIn: number | undefined;
}

const readAuthorization = ({ headers }: ReceivedRequest): Signature => {
  const { groups } = AUTHORIZATION.exec(headers.authorization ?? '') ?? {};
  if (groups === undefined) throw new Refusal(403, 'AccessDenied');
  const { 'x-amz-date': time = '', 'x-amz-security-token': token = '' } = headers;
  return { ...groups, time: String(time), token: String(token), expiresIn: undefined };
};

/** Returns undefined if the query has no signature. */
const readPresigned = ({ query, headers }: ReceivedRequest): Signature | undefined => {
  const parameters = new URLSearchParams(query);
  if (!parameters.has('X-Amz-Signature')) return undefined;
  if (headers.authorization !== undefined) throw new Refusal(400, 'InvalidArgument');
  const read = (name: string): string => parameters.get(`X-Amz-${name}`) ?? '';
  const { groups } = CREDENTIAL.exec(read('Credential')) ?? {};
  const expiresIn = Number(read('Expires'));
  if (groups === undefined || read('Algorithm') !== ALGORITHM || !(expiresIn > 0 && expiresIn <= MAX_EXPIRES)) {
    throw new Refusal(400, 'AuthorizationQueryParametersError');
  }
  return {
    ...groups,
    names: read('SignedHeaders'),
    signature: read('Signature'),
    time: read('Date'),
    token: read('Security-Token'),
    expiresIn,
  };
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SCOPE = '(?<accessKeyId>\\w+)/(?<day>\\d{8})/(?<region>[a-z0-9-]+)/(?<service>[a-z0-9]+)/aws4_request';
const CREDENTIAL = new RegExp(`^${SCOPE}$`);
const AUTHORIZATION = new RegExp(
  `^${ALGORITHM} Credential=${SCOPE}, SignedHeaders=(?<names>[a-z0-9;-]+), Signature=(?<signature>[0-9a-f]{64})$`,
);
/** Seconds that a presigned URL can be valid. */
const MAX_EXPIRES = 604_800;
/** Milliseconds that a signature may differ from the clock. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
const MAX_SKEW = 15 * 60 * 1000;

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string | undefined): Buffer =>
  createHmac('sha256', key)
    .update(data ?? '')
    .digest();

/** Converts a time such as `20261122T082057Z` to milliseconds since 1970. */
const parseTime = (time: string): number =>
  Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
