import type { ServerResponse } from 'node:http';
import type { AwsOrigin, Intervention, Reply } from '../../support/aws-origin/aws-origin.ts';
import { type Answer, type ReceivedRequest, Refusal } from '../../support/aws-origin/exchange.ts';

/** Creates the faulty reply that replaces `answer`. */
export type FaultyReply = (answer: Answer, request: ReceivedRequest) => Reply;

/** The requests whose answers an intervention replaces. */
export interface Target {
  /** Default: S3. */
  readonly service?: 'S3' | 'STS';
  /** Default: every path of the service. */
  readonly path?: RegExp;
  /** Number of requests that are answered before the first one is replaced. Default: 0. */
  readonly after?: number;
  /** Number of answers that are replaced. Default: all. */
  readonly times?: number;
}

/** An intervention that replaces the answers to some requests. */
export const createIntervention = (reply: FaultyReply, target: Target = {}): Intervention => {
  const { service = 'S3', path = /^/, after = 0, times = Number.POSITIVE_INFINITY } = target;
  let count = 0;
  return (request, answer) => {
    // Requests to STS have the path `/`.
    const isTarget = (request.path === '/' ? 'STS' : 'S3') === service && path.test(request.path);
    if (!isTarget) return answer;
    count++;
    return count > after && count <= after + times ? reply(answer, request) : answer;
  };
};

export const refuse =
  (status: number, code: string): FaultyReply =>
  () => {
    throw new Refusal(status, code);
  };

/** Answers exactly this, whatever S3 would answer. */
export const answerWith =
  (status: number, headers: Readonly<Record<string, string>>, body = ''): FaultyReply =>
  () => ({ status, headers, body });

export const withHeaders =
  (headers: Readonly<Record<string, string>>): FaultyReply =>
  (answer) => ({ ...answer, headers: { ...answer.headers, ...headers } });

export const neverAnswer: FaultyReply = () => () => undefined;
export const reset: FaultyReply =
  () =>
  ({ socket }) =>
    socket?.resetAndDestroy();
export const speakAnotherProtocol: FaultyReply =
  () =>
  ({ socket }) =>
    socket?.end('SSH-2.0-OpenSSH_9.6\r\n');

/** Sends the headers and the first `bytes` of the body, then calls `then` instead of sending the rest. */
const interruptAfter =
  (bytes: number, then: (response: ServerResponse) => unknown): FaultyReply =>
  (answer) =>
  (response) => {
    response.writeHead(answer.status, answer.headers);
    response.write(Buffer.from(answer.body).subarray(0, bytes), () => then(response));
  };

export const resetAfter = (bytes: number): FaultyReply =>
  interruptAfter(bytes, ({ socket }) => socket?.resetAndDestroy());
/** Closes the connection normally (FIN) before the announced length is sent. */
export const endAfter = (bytes: number): FaultyReply => interruptAfter(bytes, ({ socket }) => socket?.end());
export const stallAfter = (bytes: number): FaultyReply => interruptAfter(bytes, () => undefined);

export const NO_REQUESTS = 'none';

/** The requests that reached the origin, for example `HEAD, GET ×3`. `LIST` is ListObjectsV2. */
export const countRequests = ({ requests }: AwsOrigin): string => {
  const counts = new Map<string, number>();
  for (const { method, path, query } of requests) {
    const name = path === '/' ? 'AssumeRole' : query.includes('list-type=2') ? 'LIST' : method;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(', ') || NO_REQUESTS;
};
