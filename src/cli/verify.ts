import { IMAGE_SIZE_HEADER } from '../contract/http.ts';
import { toLine } from './checks/result.ts';
import {
  type CheckRequest,
  type Probe,
  type Sample,
  type Subject,
  VERIFY_CHECKS,
  type VerifyCheck,
  type VerifyCheckName,
} from './verify/checks.ts';
import { send, sendWithoutBody } from './verify/exchange.ts';
import { type Explanation, skipped, type VerifyResult } from './verify/result.ts';
import type { VerifyTarget } from './verify/target.ts';

export type VerifyCheckReport = { readonly check: VerifyCheckName } & (
  | { readonly status: 'ok' | 'note' | 'skipped'; readonly detail: string }
  | ({ readonly status: 'differs'; readonly expected: string; readonly seen: string } & Explanation)
);

/** Result of all checks, as `--json` prints it. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly checks: readonly VerifyCheckReport[];
}

/**
 * Compares a deployed service with what the documents say about it. Sends HTTP requests with the API key to the host of
 * the URL and to no other.
 *
 * @param report called after each check.
 */
export const verify = async (
  target: VerifyTarget,
  report: (check: VerifyCheckReport) => void,
): Promise<VerifyReport> => {
  const probe = (extraTime = 0) => createProbe(target, AbortSignal.timeout(target.timeout + extraTime));
  const image = await probe().send();
  const isReachable = image.status !== undefined;
  const subject: Subject = {
    ...target,
    image,
    others: isReachable ? await Promise.all(target.samples.slice(1).map((path) => readSize(probe(), path))) : [],
  };
  const checks: VerifyCheckReport[] = [];
  let isBlocked = (_: VerifyCheck) => false;
  for (const check of VERIFY_CHECKS) {
    const result = isBlocked(check)
      ? skipped('needs the check get, which differs')
      : await check.run(probe(check.extraTime?.(subject)), subject);
    if (check.name === 'get' && result.status !== 'ok') isBlocked = ({ needsImage }) => needsImage || !isReachable;
    const checkReport = toReport(check, result, target);
    checks.push(checkReport);
    report(checkReport);
  }
  return { ok: checks.every(({ status }) => status !== 'differs'), checks };
};

/** The size of an image, from a request for its first byte. An empty image has none, which is 416. */
const readSize = async (probe: Probe, path: string): Promise<Sample> => {
  const exchange = await probe.send({ path, headers: { range: 'bytes=0-0' } });
  const { headers, status } = exchange;
  const text =
    status === 206
      ? headers[IMAGE_SIZE_HEADER.toLowerCase()]
      : /^bytes \*\/(0)$/.exec(headers['content-range'] ?? '')?.[1];
  return { path, exchange, size: text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined };
};

const createProbe = ({ url, apiKey, samples: [sample] }: VerifyTarget, signal: AbortSignal): Probe => {
  const toRequest = ({ method = 'GET', path = sample, headers = {}, key }: CheckRequest = {}) => ({
    origin: url,
    method,
    target: `${url.pathname.replace(/\/$/, '')}${path}`,
    headers: { accept: '*/*', ...keyHeader(apiKey, key), ...headers },
    signal,
  });
  return {
    send: (request) => send(toRequest(request)),
    sendWithoutBody: (request) => sendWithoutBody(toRequest(request)),
  };
};

const keyHeader = (apiKey: string, key: CheckRequest['key']): Readonly<Record<string, string>> => {
  if (key === 'none') return {};
  return { 'x-api-key': key === 'wrong' ? WRONG_KEY : apiKey };
};

const MASK = '<API key>';

const WRONG_KEY = 'this-is-not-the-api-key';

/** Makes every text safe to print: a server may send the key back, or characters that move the cursor. */
const toReport = (
  { name, expected, meaning, fix }: VerifyCheck,
  result: VerifyResult,
  target: VerifyTarget,
): VerifyCheckReport => {
  // The value of a member of a problem document is printed as JSON.
  const escapedKey = JSON.stringify(target.apiKey).slice(1, -1);
  const clean = (text: string) => toLine(text.replaceAll(target.apiKey, MASK).replaceAll(escapedKey, MASK));
  if (result.status !== 'differs') return { check: name, status: result.status, detail: clean(result.detail) };
  const explanation = result.explanation ?? { meaning, fix };
  return {
    check: name,
    status: 'differs',
    expected: expected.replaceAll('`', ''),
    seen: clean(result.seen),
    meaning: clean(explanation.meaning),
    fix: clean(explanation.fix),
  };
};
