import { describe, expect, it, vi } from 'vitest';
import { type BucketService, startBucketService } from '../../support/bucket-service.ts';
import { fetchImage, type HttpAnswer } from '../../support/http-client.ts';
import { API_KEY } from '../../support/service.ts';
import { type Fault, IMAGE, KEY, TIMEOUTS } from './fault.ts';
import { FAULTS } from './fault-table.ts';
import { countRequests, NO_REQUESTS } from './interventions.ts';
import { expectHonest, readOutcome, readProblems } from './outcome.ts';

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
  const { origin, log } = service;
  service.objects.set(KEY, IMAGE);
  await fault.prepare(service);
  const { path = KEY } = fault;
  const target = typeof path === 'string' ? path : await path(service);
  origin.requests.length = 0;
  log.length = 0;
  const stalling = fault.clientStalls === true ? { stallUntil: service.logged } : {};
  const started = performance.now();
  const answer = await fetchImage(service.url(target), { ...fault.request, ...stalling });
  await vi.waitFor(() => expect(log).not.toHaveLength(0), { timeout: 10_000 });
  const elapsed = performance.now() - started;

  const row = observe(fault, service, answer);
  rows.set(fault, row);
  expect(row.response).toBe(fault.expected);
  expect(answer.status).not.toBe(500);
  if (answer.status === 404) expect(service.objects.has(KEY)).toBe(false);
  const [shortest, longest] = elapsedLimits(fault, row);
  expect(elapsed).toBeGreaterThan(shortest);
  expect(elapsed).toBeLessThan(longest);
  await vi.waitFor(() => expect({ bodies: service.bodies(), requests: origin.pending() }).toEqual(NOTHING_OPEN), {
    timeout: 10_000,
  });
  expect(log).toHaveLength(1);
  expectLogged(fault, answer, JSON.parse(String(log)));
  expectNoSecrets(service, target, answer);
  origin.intervene();
  await expectHonest(fault, service, answer);
};

const NOTHING_OPEN = { bodies: 0, requests: 0 };

const observe = (fault: Fault, { origin, log }: BucketService, answer: HttpAnswer): Row => {
  const { status, headers } = answer;
  const { expires, varies } = fault;
  const { state, retryable } = readOutcome(fault, answer);
  return {
    response: `${status} ${state}`,
    retryable: retryable.map((isRetryable) => (isRetryable ? 'yes' : 'no')).join(', '),
    caching: [headers['cache-control'], headers['retry-after'] && `Retry-After: ${headers['retry-after']}`]
      .filter(Boolean)
      .join('; '),
    log: vary(log.map(describeLine).join('; '), varies?.log),
    requests: vary(countRequests(origin), varies?.requests),
    timeout:
      expires === undefined ? 'none' : `${TIMEOUT_NAMES[expires[0]]}${expires[1] === 1 ? '' : ` ×${expires[1]}`}`,
  };
};

/** Replaces each number that a match of the pattern contains by `n`. */
const vary = (text: string, pattern: RegExp | undefined): string =>
  pattern === undefined ? text : text.replace(pattern, (match) => match.replace(/\d+/g, 'n'));

const TIMEOUT_NAMES = {
  connect: 'connection timeout',
  firstByte: 'first-byte timeout',
  idle: 'idle timeout',
  answer: 'answer timeout',
  client: 'client idle timeout',
  resume: 'resume budget',
  function: 'function timeout',
};

/** The level of a log line, its problem code, and the causes down to the root cause. */
const describeLine = (line: string): string => {
  const { level, code, resumes, err, images, calls, failed } = JSON.parse(line);
  const causes: string[] = [];
  for (let cause = err?.cause; cause !== undefined; cause = cause.cause) {
    causes.push(`${nameOf(cause)}${cause.attempts > 1 ? `, ${cause.attempts} attempts` : ''}`);
  }
  const why = [code, ...causes].filter((part) => part !== undefined).join(' ← ');
  const counts = Object.entries({ images, calls, failed }).flatMap(([name, count]) =>
    count === undefined ? [] : `${name}: ${count}`,
  );
  return [level >= 50 ? 'error' : 'info', why, resumes && `resumed ×${resumes}`, ...counts].filter(Boolean).join(', ');
};

/** The error code of the network, else the error name of the SDK, else the first words of the message. */
const nameOf = ({ name, code, message }: { name: string; code?: string; message: string }): string =>
  code ?? (name === 'Error' ? (message.split(/[:\n]/)[0] ?? '') : name);

/** Milliseconds. The upper limit allows for pauses of a second or two between attempts, and for a busy machine. */
const elapsedLimits = (
  { expires: [timeout, times] = ['connect', 0], service }: Fault,
  { requests }: Row,
): [shortest: number, longest: number] => {
  const waited =
    times *
    (timeout === 'function' ? (service?.functionTimeout ?? 0) - 3_000 : (service?.timeouts ?? TIMEOUTS)[timeout]);
  return [waited * 0.95 - 1, waited + (requests.includes('×') || requests === NO_REQUESTS ? 8_000 : 3_000)];
};

/** The log line has the problem of the answer, and the level `error` only if the service or its store failed. */
const expectLogged = (
  { request }: Fault,
  { status, headers, bytes, isBroken }: HttpAnswer,
  { level, code }: { readonly level: number; readonly code?: string },
): void => {
  const ERROR = 50;
  if (isBroken) {
    const isDisconnected = request?.hangUpAfter !== undefined;
    expect({ isError: level === ERROR, hasCode: code !== undefined }).toEqual({
      isError: !isDisconnected,
      hasCode: !isDisconnected,
    });
    return;
  }
  const isProblem = headers['content-type'] === 'application/problem+json';
  const problems = request?.method === 'POST' && !isProblem ? readProblems(bytes) : [];
  const failure = problems.find((problem) => problem.status >= 500);
  expect(level === ERROR).toBe(status >= 500 || failure !== undefined);
  if (isProblem && bytes.length > 0) expect(code).toBe(JSON.parse(String(bytes)).code);
  else if (!isProblem) expect(code).toBe(failure?.code);
};

const expectNoSecrets = (
  { origin, log }: BucketService,
  target: string,
  { headers, bytes, status }: HttpAnswer,
): void => {
  // The client of a redirect needs the signature.
  const { location: _location, ...fields } = headers;
  const response = JSON.stringify(fields) + (status >= 400 ? bytes : '');
  for (const secret of [API_KEY, ...origin.secrets()]) expect([...log, response].join('\n')).not.toContain(secret);
  expect([...log, response].join('\n')).not.toMatch(/external-id|AWS4-HMAC-SHA256|X-Amz-Signature/);
  const cursors = [...String(bytes).matchAll(/"next":"([^"]+)"/g)].map(([, cursor]) => cursor);
  const tokens = origin.requests.map(({ query }) => new URLSearchParams(query).get('continuation-token'));
  const [, sent] = target.split('cursor=');
  for (const text of [sent, ...cursors, ...tokens]) if (text) expect(log.join('\n')).not.toContain(text);
  // Only the log may name the bucket's account and its roles.
  expect(response).not.toMatch(/arn:|222222222222|amazon/i);
};

describe.concurrent('the service', () => {
  for (const fault of FAULTS) {
    // Much data blocks the process for so long that timeouts of other rows would expire.
    const concurrent = fault.clientStalls !== true;
    const title = `answers ${fault.expected} if ${fault.name} (${fault.group})`;
    it(title, { concurrent, timeout: 30_000 }, () => run(fault));
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
servers that check the signatures of requests and then fail on purpose. Every row is a GET request for an image in streaming
mode unless its group or its name says otherwise. Under Listing, the request is for a page in JSON of all images, for which
the service calls S3 three times. Under Signed locations, it is a batch of ten paths. Under Redirect, the image is larger
than \`REDIRECT_ABOVE\`.

These statements hold for all rows. The service never answers 500. It answers 404 only if the image does not exist. An
incomplete image never looks complete: the transfer fails, and every HTTP client reports that. With API Gateway, this is
*not yet verified on AWS*; no check of \`verify\` can interrupt S3. An incomplete page or batch has no last line as well. Each
request has exactly one line in the log, without signed URLs and cursors. After it, no body from S3 and no request to S3
is open.

- **fault**: what goes wrong. "Once" means for the first request only; "every time" means for the retries as well.
- **response**: the status, followed by the problem code or by the state of the answer: \`complete\`, \`interrupted\`,
  \`redirect\`, or \`partial\` for a page that ended early, whose cursor leads to the rest. For a batch it is the number of
  lines with each result.
- **retryable**: the \`retryable\` field of the problem.
- **caching**: the headers \`Cache-Control\` and \`Retry-After\`.
- **log**: the level of the log line, the problem code, its causes down to the root cause, the number of resumes, and the
  counts of a listing or a batch. A number that depends on chance is \`n\`.
- **requests**: the requests that reached S3 and STS; \`LIST\` is ListObjectsV2. The service retries a request if a retry may
  succeed. It pauses before each retry for a random time that grows with each attempt.
- **timeout**: the timeout that ended the wait, and how often it expired. With \`none\`, the response was only delayed by the
  pauses between retries. Each timeout is a setting: see [configuration.md](configuration.md).
`;
