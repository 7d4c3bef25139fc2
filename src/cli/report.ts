import { styleText } from 'node:util';
import type { CheckReport, DoctorReport } from './doctor.ts';
import { VERIFY_CHECKS } from './verify/checks.ts';
import type { VerifyCheckReport, VerifyReport } from './verify.ts';

/**
 * Returns one line for the check and, if it failed, a second one for the fix. The text has colours if `stream` is a
 * terminal that supports them; NO_COLOR and FORCE_COLOR override this.
 */
export const formatCheck = (report: CheckReport, stream: NodeJS.WritableStream): string => {
  const { status, check, detail } = report;
  const fix = report.status === 'failed' ? [['fix', report.fix] as const] : [];
  return formatLines(status, [[check, detail], ...fix], DOCTOR_WIDTH, stream);
};

export const formatSummary = ({ failed, exitCode }: DoctorReport, stream: NodeJS.WritableStream): string =>
  failed === undefined
    ? `${styleText('green', 'No check failed.', { stream })}\n`
    : `${styleText('red', `The first check that failed is ${failed}.`, { stream })} (exit code ${exitCode})\n`;

/** Returns one line for the check and, if the service differs, four lines that explain the difference. */
export const formatVerifyCheck = (report: VerifyCheckReport, stream: NodeJS.WritableStream): string => {
  if (report.status !== 'differs') {
    return formatLines(report.status, [[report.check, report.detail]], VERIFY_WIDTH, stream);
  }
  const { status, check, expected, seen, meaning, fix } = report;
  const lines: readonly Labelled[] = Object.entries({ expected, seen, meaning, fix });
  return formatLines(status, [[check, ''], ...lines], VERIFY_WIDTH, stream);
};

export const formatVerifySummary = ({ ok, checks }: VerifyReport, stream: NodeJS.WritableStream): string => {
  const names = checks.filter(({ status }) => status === 'differs').map(({ check }) => check);
  return ok
    ? `${styleText('green', 'No check differs.', { stream })}\n`
    : `${styleText('red', `Differs: ${names.join(', ')}.`, { stream })} (exit code 1)\n`;
};

type Labelled = readonly [label: string, text: string];

/** The status is in front of the first line only. */
const formatLines = (
  status: keyof typeof COLORS,
  lines: readonly Labelled[],
  width: number,
  stream: NodeJS.WritableStream,
): string =>
  lines
    .map(([label, text], index) => {
      const start = index === 0 ? status : '';
      return `${styleText(COLORS[status], start.padEnd(STATUS_WIDTH), { stream })}${label.padEnd(width)}${text}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join('');

const COLORS = { ok: 'green', failed: 'red', differs: 'red', skipped: 'yellow', note: 'cyan' } as const;
const STATUS_WIDTH = 'skipped  '.length;
const DOCTOR_WIDTH = 'usage-plan  '.length;
const VERIFY_WIDTH = Math.max(...VERIFY_CHECKS.map(({ name }) => name.length)) + 2;
