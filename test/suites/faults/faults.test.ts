import { describe, expect, it } from 'vitest';
import { type BucketService, startBucketService } from '../../support/bucket-service.ts';
import { fetchImage, type HttpAnswer } from '../../support/http-client.ts';
import { API_KEY } from '../../support/service.ts';
import { FAULTS, type Fault, IMAGE, KEY, TIMEOUTS } from './fault-table.ts';
import { countRequests, NO_REQUESTS } from './interventions.ts';

/** The columns of docs/faults.md that the tests observe. */
interface Row {
  readonly response: string;
  readonly retryable: string;
  readonly caching: string;
  readonly log: string;
  readonly requests: string;
  readonly timeout: string;
}

const rows = new Map<Fault, Row>();

const run = async (fault: Fault): Promise<void> => {
  await using service = await startBucketService({ timeouts: TIMEOUTS, ...fault.service });
  service.objects.set(KEY, IMAGE);
  await fault.prepare(service);
  const started = performance.now();
  const stalling = fault.clientStalls === true ? { stallUntil: service.logged } : {};
  const answer = await fetchImage(service.url(KEY), { ...fault.request, ...stalling });
  const elapsed = performance.now() - started;

  const row = observe(fault, service, answer);
  rows.set(fault, row);
  expect(row.response).toBe(fault.expected);
  expect(answer.status).not.toBe(500);
  if (answer.status === 404) expect(service.objects.has(KEY)).toBe(false);
  if (!answer.isBroken && fault.request?.method !== 'HEAD' && answer.status < 300)
    expect(isComplete(answer)).toBe(true);
  const [shortest, longest] = elapsedLimits(fault, row);
  expect(elapsed).toBeGreaterThan(shortest);
  expect(elapsed).toBeLessThan(longest);
  expectNoSecrets(service, answer);
};

/** Whether the bytes are exactly those of the image, or of the range in a 206. */
const isComplete = ({ status, headers, bytes }: HttpAnswer): boolean => {
  const [, first = '0', last = ''] = /^bytes (\d+)-(\d+)/.exec(headers['content-range'] ?? '') ?? [];
  const expected = status === 206 ? IMAGE.bytes.subarray(Number(first), Number(last) + 1) : IMAGE.bytes;
  return bytes.equals(expected);
};

const observe = ({ expires }: Fault, { origin, log }: BucketService, answer: HttpAnswer): Row => {
  const { status, headers, bytes, isBroken } = answer;
  const isProblem = headers['content-type'] === 'application/problem+json';
  const { code, retryable } = isProblem && bytes.length > 0 ? JSON.parse(String(bytes)) : {};
  const outcome = isBroken
    ? 'interrupted'
    : isProblem
      ? (code ?? 'without a body')
      : isComplete(answer)
        ? 'complete'
        : 'truncated';
  return {
    response: `${status} ${outcome}`,
    retryable: retryable === undefined ? '' : retryable ? 'yes' : 'no',
    caching: [headers['cache-control'], headers['retry-after'] && `Retry-After: ${headers['retry-after']}`]
      .filter(Boolean)
      .join('; '),
    log: log.map(describeLine).join('; '),
    requests: countRequests(origin),
    timeout:
      expires === undefined ? 'none' : `${TIMEOUT_NAMES[expires[0]]}${expires[1] === 1 ? '' : ` ×${expires[1]}`}`,
  };
};

const TIMEOUT_NAMES = {
  connect: 'connection timeout',
  firstByte: 'first-byte timeout',
  idle: 'idle timeout',
  answer: 'answer timeout',
  client: 'client idle timeout',
  resume: 'resume budget',
};

/** The level of a log line, its problem code, and the causes down to the root cause. */
const describeLine = (line: string): string => {
  const { level, code, resumes, err } = JSON.parse(line);
  const causes: string[] = [];
  for (let cause = err?.cause; cause !== undefined; cause = cause.cause) {
    causes.push(`${nameOf(cause)}${cause.attempts > 1 ? `, ${cause.attempts} attempts` : ''}`);
  }
  const why = [code, ...causes].filter((part) => part !== undefined).join(' ← ');
  return [level >= 50 ? 'error' : 'info', why, resumes && `resumed ×${resumes}`].filter(Boolean).join(', ');
};

/** The error code of the network, else the error name of the SDK, else the first words of the message. */
const nameOf = ({ name, code, message }: { name: string; code?: string; message: string }): string =>
  code ?? (name === 'Error' ? (message.split(/[:\n]/)[0] ?? '') : name);

/** Milliseconds. The upper limit allows for pauses of a second or two between attempts, and for a busy machine. */
const elapsedLimits = (
  { expires: [timeout, times] = ['connect', 0], service }: Fault,
  { requests }: Row,
): [shortest: number, longest: number] => {
  const waited = times * (service?.timeouts ?? TIMEOUTS)[timeout];
  return [waited * 0.95 - 1, waited + (requests.includes('×') || requests === NO_REQUESTS ? 8_000 : 3_000)];
};

const expectNoSecrets = ({ origin, log }: BucketService, { headers, bytes, status }: HttpAnswer): void => {
  const output = [...log, JSON.stringify(headers), status >= 400 ? String(bytes) : ''].join('\n');
  expect(log).not.toHaveLength(0);
  for (const secret of [API_KEY, ...origin.secrets()]) expect(output).not.toContain(secret);
  expect(output).not.toMatch(/external-id|AWS4-HMAC-SHA256/);
  // Only the log may name the bucket's account and its roles.
  expect(JSON.stringify(headers) + (status >= 400 ? bytes : '')).not.toMatch(/arn:|222222222222|amazon/i);
};

describe.concurrent('the service', () => {
  for (const fault of FAULTS) {
    it(`answers ${fault.expected} if ${fault.name}`, () => run(fault), 20_000);
  }
});

describe('docs/faults.md', () => {
  it('matches the observed faults (npm run docs:faults updates it)', async () => {
    await expect(formatDocument()).toMatchFileSnapshot('../../../docs/faults.md');
  });
});

const formatDocument = (): string => {
  const groups = Map.groupBy(FAULTS, ({ group }) => group);
  const tables = [...groups].map(([group, faults]) =>
    [
      `## ${group}`,
      '',
      '| fault | response | retryable | caching | log | requests | timeout |',
      '|---|---|---|---|---|---|---|',
      ...faults.map((fault) => {
        const {
          response = '',
          retryable = '',
          caching = '',
          log = '',
          requests = '',
          timeout = '',
        } = rows.get(fault) ?? {};
        return `| ${[fault.name, response, retryable, caching, log, requests, timeout].join(' | ')} |`;
      }),
      '',
    ].join('\n'),
  );
  return `${INTRODUCTION}\n${tables.join('\n')}`;
};

const INTRODUCTION = `# Faults of S3, STS and the client

These tables show how the service reacts to each fault. The tests write them from what they observe: run
\`npm run docs:faults\` to update them. The tests run the whole service behind the local gateway. S3 and STS are local
servers that check the signatures of requests and then fail on purpose. Every row is a GET request in streaming mode unless
it says otherwise.

Three statements hold for all rows. The service never answers 500. It answers 404 only if the image does not exist. An
incomplete image never looks complete: the transfer fails, and every HTTP client reports that. With API Gateway, this is
*not yet verified on AWS*; no check of \`verify\` can interrupt S3.

- **fault**: what goes wrong. "Once" means for the first request only; "every time" means for the retries as well.
- **response**: the status, followed by the problem code or by the state of the image: \`complete\` or \`interrupted\`.
- **retryable**: the \`retryable\` field of the problem.
- **caching**: the headers \`Cache-Control\` and \`Retry-After\`.
- **log**: the level of the log line, the problem code, its causes down to the root cause, and the number of resumes.
- **requests**: the requests that reached S3 and STS. The service retries a request if a retry may succeed. It pauses
  before each retry for a random time that grows with each attempt.
- **timeout**: the timeout that ended the wait, and how often it expired. With \`none\`, the response was only delayed by the
  pauses between retries. Each timeout is a setting: see [configuration.md](configuration.md).
`;
