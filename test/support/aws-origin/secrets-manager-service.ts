import { randomUUID } from 'node:crypto';
import { type Answer, type ReceivedRequest, Refusal } from './exchange.ts';

export interface Secret {
  readonly deleted?: Date;
}

/**
 * Answers DescribeSecret in the JSON protocol. The response never contains the value of the secret.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
 *
 * @throws Refusal
 */
export const answerSecretsManager = (request: ReceivedRequest, secrets: ReadonlyMap<string, Secret>): Answer => {
  if (request.headers['x-amz-target'] !== 'secretsmanager.DescribeSecret') {
    throw new Refusal(400, 'UnknownOperationException');
  }
  const { SecretId: name } = JSON.parse(request.body) as { SecretId: string };
  const secret = secrets.get(name);
  if (secret === undefined) throw new Refusal(400, 'ResourceNotFoundException');
  const deleted = secret.deleted && { DeletedDate: secret.deleted.getTime() / 1000 };
  return answer(200, { Name: name, ...deleted });
};

export const refuseSecretsManager = ({ status, code, message }: Refusal): Answer =>
  answer(status, { __type: code, Message: message });

const answer = (status: number, body: object): Answer => ({
  status,
  headers: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': randomUUID() },
  body: JSON.stringify(body),
});
