import { randomUUID } from 'node:crypto';
import { type Answer, formatElements, type ReceivedRequest, Refusal } from './exchange.ts';
import type { AccessKey } from './signature-v4.ts';

export interface Role {
  /** The ARN of the only user or role that may assume the role. */
  readonly trusted: string;
  /** The external id that AssumeRole must send. Default: it must not send one. */
  readonly externalId?: string;
  /** Milliseconds until the keys of a session expire. Default: one hour. */
  readonly lifetime?: number;
}

/**
 * Answers AssumeRole and GetCallerIdentity in the query protocol. AssumeRole adds the key that it issues to `keys`.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * @throws Refusal
 */
export const answerSts = (
  request: ReceivedRequest,
  roles: ReadonlyMap<string, Role>,
  keys: Map<string, AccessKey>,
  caller: string,
): Answer => {
  const form = new URLSearchParams(request.body);
  if (form.get('Action') === 'GetCallerIdentity') {
    const identity = formatElements({ Arn: caller });
    return answer(
      200,
      `<GetCallerIdentityResponse ${NAMESPACE}><GetCallerIdentityResult>${identity}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  }
  if (form.get('Action') !== 'AssumeRole' || form.get('Version') !== '2011-06-15')
    throw new Refusal(400, 'InvalidAction');
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '')) throw new Refusal(400, 'ValidationError');
  const arn = form.get('RoleArn') ?? '';
  const role = roles.get(arn);
  if (role === undefined || role.trusted !== caller || (role.externalId ?? null) !== form.get('ExternalId')) {
    throw new Refusal(403, 'AccessDenied');
  }
  const accessKeyId = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
  const key = {
    arn,
    secretAccessKey: randomUUID(),
    sessionToken: randomUUID(),
    expiration: new Date(Date.now() + (role.lifetime ?? HOUR)),
  };
  keys.set(accessKeyId, key);
  const credentials = formatElements({
    AccessKeyId: accessKeyId,
    SecretAccessKey: key.secretAccessKey,
    SessionToken: key.sessionToken,
    Expiration: key.expiration.toISOString(),
  });
  return answer(
    200,
    `<AssumeRoleResponse ${NAMESPACE}><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  );
};

/** The error response of STS. */
export const refuseSts = ({ status, code, message, details }: Refusal): Answer => {
  const error = formatElements({
    Type: status < 500 ? 'Sender' : 'Receiver',
    Code: code,
    Message: message,
    ...details,
  });
  return answer(status, `<ErrorResponse ${NAMESPACE}><Error>${error}</Error></ErrorResponse>`);
};

const NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';
/** Milliseconds of one hour. */
const HOUR = 3_600_000;

const answer = (status: number, body: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/xml', 'x-amzn-RequestId': randomUUID() },
  body,
});
