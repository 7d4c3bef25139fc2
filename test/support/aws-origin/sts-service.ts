import { randomUUID } from 'node:crypto';
import { type Answer, formatElements, type ReceivedRequest, Refusal } from './exchange.ts';
import type { AccessKey } from './signature-v4.ts';

export interface Role {
  /** The ARN of the only one who may take it. */
  readonly trusted: string;
  /** What has to be sent, where it is present. */
  readonly externalId?: string;
  /** Of the keys that are issued for it, in milliseconds. Default: an hour. */
  readonly lifetime?: number;
}

/**
 * AssumeRole and GetCallerIdentity of the query protocol. A key that is issued is added to `keys`.
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

/** The answer of STS to what it does not do. */
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
/** Milliseconds. */
const HOUR = 3_600_000;

const answer = (status: number, body: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/xml', 'x-amzn-RequestId': randomUUID() },
  body,
});
