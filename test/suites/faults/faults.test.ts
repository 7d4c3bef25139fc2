import { describe, expect, it } from 'vitest';
import { type BucketService, startBucketService } from '../../support/bucket-service.ts';
import { fetchImage, type HttpAnswer } from '../../support/http-client.ts';
import { API_KEY } from '../../support/service.ts';
import { FAULTS, type Fault, IMAGE, KEY, TIMEOUTS } from './fault-table.ts';
import { countRequests } from './interventions.ts';

/** What was seen of a fault, as the document tells it. */
interface Row {
  readonly answer: string;
  readonly retryable: string;
  readonly caching: string;
  readonly log: string;
  readonly asked: string;
  readonly time: string;
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
  expect(row.answer).toBe(fault.answer);
  expect(answer.status).not.toBe(500);
  if (answer.status === 404) expect(service.objects.has(KEY)).toBe(false);
  if (!answer.isBroken && fault.request?.method !== 'HEAD' && answer.status < 300) expect(isWhole(answer)).toBe(true);
  const [least, most] = limitsOf(fault, row);
  expect(elapsed).toBeGreaterThan(least);
  expect(elapsed).toBeLessThan(most);
  expectNoSecrets(service, answer);
};

/** Of the image as it was, or of the part that was asked for. */
const isWhole = ({ status, headers, bytes }: HttpAnswer): boolean => {
  const [, first = '0', last = ''] = /^bytes (\d+)-(\d+)/.exec(headers['content-range'] ?? '') ?? [];
  const expected = status === 206 ? IMAGE.bytes.subarray(Number(first), Number(last) + 1) : IMAGE.bytes;
  return bytes.equals(expected);
};

const observe = ({ waits }: Fault, { origin, log }: BucketService, answer: HttpAnswer): Row => {
  const { status, headers, bytes, isBroken } = answer;
  const isProblem = headers['content-type'] === 'application/problem+json';
  const { code, retryable } = isProblem && bytes.length > 0 ? JSON.parse(String(bytes)) : {};
  const outcome = isBroken
    ? 'broken off'
    : isProblem
      ? (code ?? 'without a body')
      : isWhole(answer)
        ? 'whole'
        : 'short';
  return {
    answer: `${status} ${outcome}`,
    retryable: retryable === undefined ? '' : retryable ? 'yes' : 'no',
    caching: [headers['cache-control'], headers['retry-after'] && `Retry-After: ${headers['retry-after']}`]
      .filter(Boolean)
      .join('; '),
    log: log.map(describeLine).join('; '),
    asked: countRequests(origin),
    time: waits === undefined ? 'at once' : `after ${LIMITS[waits[0]]}${waits[1] === 1 ? '' : ` ×${waits[1]}`}`,
  };
};

const LIMITS = {
  connect: 'the connection timeout',
  firstByte: 'the first-byte timeout',
  idle: 'the idle timeout',
  answer: 'the answer timeout',
  client: 'the client idle timeout',
  resume: 'the resume budget',
};

/** A line of the log: its level, and why, down to the first cause. */
const describeLine = (line: string): string => {
  const { level, code, resumes, err } = JSON.parse(line);
  const causes: string[] = [];
  for (let cause = err?.cause; cause !== undefined; cause = cause.cause) {
    causes.push(`${nameOf(cause)}${cause.attempts > 1 ? `, ${cause.attempts} attempts` : ''}`);
  }
  const why = [code, ...causes].filter((part) => part !== undefined).join(' ← ');
  return [level >= 50 ? 'error' : 'info', why, resumes && `resumed ×${resumes}`].filter(Boolean).join(', ');
};

/** The network's code before the SDK's name, and either before the first words of a message. */
const nameOf = ({ name, code, message }: { name: string; code?: string; message: string }): string =>
  code ?? (name === 'Error' ? (message.split(/[:\n]/)[0] ?? '') : name);

/** Milliseconds: what was waited for, and pauses between attempts of up to a second or two each, on a machine that has other things to do. */
const limitsOf = ({ waits: [timeout, times] = ['connect', 0], service }: Fault, { asked }: Row): [number, number] => {
  const waited = times * (service?.timeouts ?? TIMEOUTS)[timeout];
  return [waited * 0.95 - 1, waited + (asked.includes('×') || asked === 'nothing' ? 8_000 : 3_000)];
};

const expectNoSecrets = ({ origin, log }: BucketService, { headers, bytes, status }: HttpAnswer): void => {
  const said = [...log, JSON.stringify(headers), status >= 400 ? String(bytes) : ''].join('\n');
  expect(log).not.toHaveLength(0);
  for (const secret of [API_KEY, ...origin.secrets()]) expect(said).not.toContain(secret);
  expect(said).not.toMatch(/external-id|AWS4-HMAC-SHA256/);
  // Where the bucket is, and who may read it, is for the log alone.
  expect(JSON.stringify(headers) + (status >= 400 ? bytes : '')).not.toMatch(/arn:|222222222222|amazon/i);
};

describe.concurrent('the service, when', () => {
  for (const fault of FAULTS) {
    it(`${fault.group.toLowerCase()}: ${fault.name}, answers ${fault.answer}`, () => run(fault), 20_000);
  }
});

describe('the document', () => {
  it('tells what was seen of each fault: npm run docs:faults writes it anew', async () => {
    await expect(formatDocument()).toMatchFileSnapshot('../../../docs/faults.md');
  });
});

const formatDocument = (): string => {
  const groups = Map.groupBy(FAULTS, ({ group }) => group);
  const tables = [...groups].map(([group, faults]) =>
    [
      `## ${group}`,
      '',
      '| fault | answer | retryable | caching | logged | asked | time |',
      '|---|---|---|---|---|---|---|',
      ...faults.map((fault) => {
        const { answer = '', retryable = '', caching = '', log = '', asked = '', time = '' } = rows.get(fault) ?? {};
        return `| ${[fault.name, answer, retryable, caching, log, asked, time].join(' | ')} |`;
      }),
      '',
    ].join('\n'),
  );
  return `${INTRODUCTION}\n${tables.join('\n')}`;
};

const INTRODUCTION = `# What the service does when S3 and STS do not

Written by the tests, from what they saw: \`npm run docs:faults\`. The whole service runs behind the local gateway, and S3
and STS are servers on the loopback that check signatures and then misbehave. Streaming mode and GET, unless it is said.
None of these faults is a 500, none a 404 but for an image that is not there, and none a part of an image that looks whole.

- **answer**: the status, and the code of the problem; or whether the image came whole or was broken off, so that every HTTP
  client reports a failed transfer.
- **logged**: the level of the line, the code, and its causes down to the first.
- **asked**: the requests that reached S3 and STS. What may be repeated is, with pauses that grow and vary.
- **time**: which limit ended the waiting; each can be set, see the README. At once is without any, but for those pauses.
`;
