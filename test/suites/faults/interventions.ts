import type { ServerResponse } from 'node:http';
import type { AwsOrigin, Intervention, Reply } from '../../support/aws-origin/aws-origin.ts';
import { type Answer, type ReceivedRequest, Refusal } from '../../support/aws-origin/exchange.ts';

/** What is done to the answer of a request, in its place. */
export type Fault = (answer: Answer, request: ReceivedRequest) => Reply;

/** Who is asked: S3, or STS, whose requests go to the root. */
type Service = 'S3' | 'STS';

/** Lets a fault happen to the first requests that a service gets: to the first alone, or to all of them. */
export const happening = (
  fault: Fault,
  { times = Number.POSITIVE_INFINITY, to = 'S3' }: { times?: number; to?: Service } = {},
): Intervention => {
  let left = times;
  return (request, answer) => {
    const isMeant = (request.path === '/' ? 'STS' : 'S3') === to;
    return isMeant && left-- > 0 ? fault(answer, request) : answer;
  };
};

export const refuse =
  (status: number, code: string): Fault =>
  () => {
    throw new Refusal(status, code);
  };

/** An answer as it stands, for all that S3 would say. */
export const answerWith =
  (status: number, headers: Readonly<Record<string, string>>, body = ''): Fault =>
  () => ({ status, headers, body });

export const withHeaders =
  (headers: Readonly<Record<string, string>>): Fault =>
  (answer) => ({ ...answer, headers: { ...answer.headers, ...headers } });

export const neverAnswer: Fault = () => () => undefined;
export const reset: Fault =
  () =>
  ({ socket }) =>
    socket?.resetAndDestroy();
export const speakAnotherProtocol: Fault =
  () =>
  ({ socket }) =>
    socket?.end('SSH-2.0-OpenSSH_9.6\r\n');

/** Sends the head and so many bytes of the body, and then does something else. */
const breakAfter =
  (bytes: number, then: (response: ServerResponse) => unknown): Fault =>
  (answer) =>
  (response) => {
    response.writeHead(answer.status, answer.headers);
    response.write(Buffer.from(answer.body).subarray(0, bytes), () => then(response));
  };

export const resetAfter = (bytes: number): Fault => breakAfter(bytes, ({ socket }) => socket?.resetAndDestroy());
/** Ends the connection in all order, before the length that was announced. */
export const endAfter = (bytes: number): Fault => breakAfter(bytes, ({ socket }) => socket?.end());
export const stallAfter = (bytes: number): Fault => breakAfter(bytes, () => undefined);

/** What the origin was asked, in short: `GET ×3`. */
export const countRequests = ({ requests }: AwsOrigin): string => {
  const counts = new Map<string, number>();
  for (const { method, path } of requests) {
    const name = path === '/' ? 'AssumeRole' : method;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(', ') || 'nothing';
};
