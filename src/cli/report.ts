import { styleText } from 'node:util';
import type { CheckReport, DoctorReport } from './doctor.ts';

/**
 * Returns one line for the check and, if it failed, a second one for the fix. The text has colours if `stream` is a
 * terminal that supports them; NO_COLOR and FORCE_COLOR override this.
 */
export const formatCheck = (report: CheckReport, stream: NodeJS.WritableStream): string => {
  const status = styleText(COLORS[report.status], report.status.padEnd(STATUS_WIDTH), { stream });
  const lines = [`${status}${report.check.padEnd(NAME_WIDTH)}${report.detail}`];
  if (report.status === 'failed') lines.push(`${' '.repeat(STATUS_WIDTH)}${'fix'.padEnd(NAME_WIDTH)}${report.fix}`);
  return `${lines.join('\n')}\n`;
};

export const formatSummary = ({ failed, exitCode }: DoctorReport, stream: NodeJS.WritableStream): string =>
  failed === undefined
    ? `${styleText('green', 'No check failed.', { stream })}\n`
    : `${styleText('red', `The first check that failed is ${failed}.`, { stream })} (exit code ${exitCode})\n`;

const COLORS = { ok: 'green', failed: 'red', skipped: 'yellow' } as const;
const STATUS_WIDTH = 'skipped  '.length;
const NAME_WIDTH = 'usage-plan  '.length;
