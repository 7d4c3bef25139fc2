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
 * Checks that a request was signed with a known key for this region and service. Returns the key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @throws Refusal with the error code of S3.
 */
export const verifySignature = (
  request: ReceivedRequest,
  scope: Scope,
  keys: ReadonlyMap<string, AccessKey>,
): AccessKey => {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const { accessKeyId, day, region, service, names, signature } =
    AUTHORIZATION.exec(header('authorization'))?.groups ?? {};
  if (accessKeyId === undefined || names === undefined) throw new Refusal(403, 'AccessDenied');
  const key = keys.get(accessKeyId);
  if (key === undefined) throw new Refusal(403, 'InvalidAccessKeyId', { AWSAccessKeyId: accessKeyId });
  if (header('x-amz-security-token') !== (key.sessionToken ?? '')) throw new Refusal(400, 'InvalidToken');
  if (key.expiration !== undefined && key.expiration.getTime() <= scope.time) throw new Refusal(400, 'ExpiredToken');

  const time = header('x-amz-date');
  if (region !== scope.region || service !== scope.service || !time.startsWith(`${day}T`)) {
    throw new Refusal(400, 'AuthorizationHeaderMalformed', { Region: scope.region });
  }
  if (Math.abs(parseTime(time) - scope.time) > MAX_SKEW) throw new Refusal(403, 'RequestTimeTooSkewed');

  const signed = names.split(';');
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (!mustBeSigned.every((name) => signed.includes(name))) throw new Refusal(403, 'AccessDenied');
  const payload = sha256(request.body);
  if (header('x-amz-content-sha256') !== payload) throw new Refusal(400, 'XAmzContentSHA256Mismatch');

  const canonicalRequest = [
    request.method,
    request.path,
    request.query.split('&').sort().join('&'),
    ...signed.map((name) => `${name}:${header(name).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    payload,
  ].join('\n');
  const stringToSign = [ALGORITHM, time, `${day}/${region}/${service}/aws4_request`, sha256(canonicalRequest)].join(
    '\n',
  );
  const signingKey = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  if (hmac(signingKey, stringToSign).toString('hex') !== signature) throw new Refusal(403, 'SignatureDoesNotMatch');
  return key;
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
const AUTHORIZATION = new RegExp(
  `^${ALGORITHM} Credential=(?<accessKeyId>\\w+)/(?<day>\\d{8})/(?<region>[a-z0-9-]+)/(?<service>[a-z0-9]+)/aws4_request, ` +
    'SignedHeaders=(?<names>[a-z0-9;-]+), Signature=(?<signature>[0-9a-f]{64})$',
);
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
