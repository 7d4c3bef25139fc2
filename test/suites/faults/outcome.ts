import { expect } from 'vitest';
import type { BucketService } from '../../support/bucket-service.ts';
import { fetchImage, type HttpAnswer } from '../../support/http-client.ts';
import { type Fault, IMAGE, KEY } from './fault.ts';

/** The response as the columns of docs/faults.md describe it. */
export interface Outcome {
  /** A problem code, or the state of the answer. */
  readonly state: string;
  /** One value for each kind of problem in the answer. */
  readonly retryable: readonly boolean[];
}

export const readOutcome = ({ request }: Fault, { status, headers, bytes, isBroken }: HttpAnswer): Outcome => {
  const answer = (state: string): Outcome => ({ state, retryable: [] });
  if (isBroken) return answer('interrupted');
  if (headers['content-type'] === 'application/problem+json') {
    if (bytes.length === 0) return answer('without a body');
    const { code, retryable } = JSON.parse(String(bytes));
    return { state: code, retryable: [retryable] };
  }
  if (status === 307) return answer('redirect');
  if (request?.method === 'POST') return readBatch(bytes);
  if (!isListing(headers)) return answer(isComplete({ status, headers, bytes, isBroken }) ? 'complete' : 'truncated');
  return answer(readPage({ status, headers, bytes, isBroken }).next === null ? 'complete' : 'partial');
};

const isListing = (headers: HttpAnswer['headers']): boolean =>
  headers['content-type'] === 'application/json' || headers['content-type'] === 'application/x-ndjson';

const readLines = (bytes: Buffer): readonly Record<string, unknown>[] => {
  const text = String(bytes);
  expect(text).toMatch(/\n$/);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
};

interface LineProblem {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
}

/** The problems in the lines of a batch. */
export const readProblems = (bytes: Buffer): readonly LineProblem[] =>
  readLines(bytes).flatMap(({ problem }) => (problem as LineProblem | undefined) ?? []);

/** Such as `complete`, or `8 located, 2 store-throttled`. */
const readBatch = (bytes: Buffer): Outcome => {
  const problems = readProblems(bytes);
  if (problems.length === 0) return { state: 'complete', retryable: [] };
  const located = readLines(bytes).filter(({ url }) => url !== undefined).length;
  const codes = Map.groupBy(problems, ({ code }) => code);
  return {
    state: [
      ...(located > 0 ? [`${located} located`] : []),
      ...[...codes].map(([code, all]) => `${all.length} ${code}`),
    ].join(', '),
    retryable: [...codes.values()].map(([problem]) => problem?.retryable === true),
  };
};

interface Page {
  readonly paths: readonly string[];
  readonly next: unknown;
}

const readPage = ({ headers, bytes }: HttpAnswer): Page => {
  if (headers['content-type'] === 'application/json') {
    const { images, next } = JSON.parse(String(bytes));
    return { paths: images.map(({ path }: { path: string }) => path), next };
  }
  const lines = readLines(bytes);
  expect(lines.at(-1)).toHaveProperty('next');
  return { paths: lines.slice(0, -1).map(({ path }) => path as string), next: lines.at(-1)?.['next'] };
};

/** Whether the bytes are exactly those of the image, or of the range in a 206. */
const isComplete = ({ status, headers, bytes }: HttpAnswer): boolean => {
  const [, first = '0', last = ''] = /^bytes (\d+)-(\d+)/.exec(headers['content-range'] ?? '') ?? [];
  const expected = status === 206 ? IMAGE.bytes.subarray(Number(first), Number(last) + 1) : IMAGE.bytes;
  return bytes.equals(expected);
};

/** Checks that the client can rely on the answer: what looks complete is complete. S3 must work again. */
export const expectHonest = async (fault: Fault, service: BucketService, answer: HttpAnswer): Promise<void> => {
  const { status, headers, bytes, isBroken } = answer;
  if (isBroken) expect(String(bytes.subarray(-2_000))).not.toMatch(/"next":|"count":/);
  if (isBroken || fault.request?.method === 'HEAD') return;
  if (status === 307) await expectLocation(service, headers);
  else if (status >= 300) return;
  else if (fault.request?.method === 'POST') await expectBatch(fault, service, bytes);
  else if (isListing(headers)) await expectListing(service, fault, answer);
  else expect(isComplete(answer)).toBe(true);
};

/** The location gives the current image to anyone, without a key. */
const expectLocation = async ({ objects }: BucketService, headers: HttpAnswer['headers']): Promise<void> => {
  const object = objects.get(KEY);
  expect(headers).toMatchObject({ etag: object?.headers['ETag'], 'x-image-size': String(object?.bytes.length) });
  const response = await fetch(String(headers.location));
  expect(response.status).toBe(200);
  expect(object?.bytes.length).toBe((await response.arrayBuffer()).byteLength);
};

/** The answer has one line for each path of the request, in its order, and their number in the last line. */
const expectBatch = async ({ request }: Fault, { objects }: BucketService, bytes: Buffer): Promise<void> => {
  const lines = readLines(bytes);
  const { paths } = JSON.parse(String(request?.body));
  expect(lines.slice(0, -1).map(({ path }) => path)).toEqual(paths);
  expect(lines.at(-1)).toEqual({ count: paths.length });
  for (const { path, size, etag } of lines.filter(({ size }) => size !== undefined)) {
    const object = objects.get(String(path));
    expect({ size, etag }).toEqual({ size: object?.bytes.length, etag: object?.headers['ETag'] });
  }
};

/** All pages together have each image once. */
const expectListing = async ({ url, objects }: BucketService, fault: Fault, first: HttpAnswer): Promise<void> => {
  const paths: string[] = [];
  for (let answer = first; ; ) {
    const page = readPage(answer);
    paths.push(...page.paths);
    if (page.next === null) break;
    answer = await fetchImage(url(`${fault.path}&cursor=${page.next}`), fault.request);
    expect(answer.status).toBe(200);
  }
  expect(paths).toEqual([...objects.keys()].sort());
};
