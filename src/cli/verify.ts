import { SettingsError } from '../settings/setting.ts';
import { toLine } from './checks/result.ts';
import type { Subject, VerifyCheck, VerifyCheckName } from './verify/check.ts';
import { VERIFY_CHECKS } from './verify/checks.ts';
import { findListedSample } from './verify/listed-sample.ts';
import { createProbe, readSample } from './verify/probe.ts';
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
 * the URL and to no other. Requests for signed URLs go to S3, without the key.
 *
 * @param report called after each check.
 * @throws SettingsError if the target has no sample, and the service lists none.
 */
export const verify = async (
  target: VerifyTarget,
  report: (check: VerifyCheckReport) => void,
): Promise<VerifyReport> => {
  const samples = await findSamples(target);
  const probe = (extraTime = 0) => createProbe(target, AbortSignal.timeout(target.timeout + extraTime), samples[0]);
  const image = await probe().send();
  const isReachable = image.status !== undefined;
  const subject: Subject = {
    ...target,
    samples,
    image,
    others: isReachable ? await Promise.all(samples.slice(1).map((path) => readSample(probe(), path))) : [],
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

const findSamples = async (target: VerifyTarget): Promise<Subject['samples']> => {
  const [first, ...others] = target.samples;
  if (first !== undefined) return [first, ...others];
  const found = await findListedSample(createProbe(target, AbortSignal.timeout(target.timeout)));
  if ('path' in found) return [found.path];
  const reason = clean(found.reason, target.apiKey);
  throw new SettingsError([`--sample: missing, and ${reason}; give the path of an image that exists, as in a URL`]);
};

const MASK = '<API key>';

/**
 * Makes text of a server safe to print. It may contain the key, a signed URL, or characters that move the cursor.
 */
const clean = (text: string, apiKey: string): string => {
  // The value of a member of a problem document is printed as JSON.
  const escapedKey = JSON.stringify(apiKey).slice(1, -1);
  const masked = text.replaceAll(apiKey, MASK).replaceAll(escapedKey, MASK);
  return toLine(masked.replace(/https?:\/\/[^\s"<>]*\?[^\s"<>]*/gi, '<URL>'));
};

const toReport = (
  { name, expected, meaning, fix }: VerifyCheck,
  result: VerifyResult,
  { apiKey }: VerifyTarget,
): VerifyCheckReport => {
  if (result.status !== 'differs') return { check: name, status: result.status, detail: clean(result.detail, apiKey) };
  const explanation = result.explanation ?? { meaning, fix };
  return {
    check: name,
    status: 'differs',
    expected: expected.replaceAll('`', ''),
    seen: clean(result.seen, apiKey),
    meaning: clean(explanation.meaning, apiKey),
    fix: clean(explanation.fix, apiKey),
  };
};
