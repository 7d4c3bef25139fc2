import { styleText } from 'node:util';
import type { Diagnosis, HopReport } from './diagnosis.ts';

/** One line for a hop, and one for its mend. Coloured where `stream` is a terminal that has colours (NO_COLOR, FORCE_COLOR). */
export const formatHopReport = (report: HopReport, stream: NodeJS.WritableStream): string => {
  const status = styleText(COLORS[report.status], report.status.padEnd(9), { stream });
  const lines = [`${status}${report.hop.padEnd(12)}${report.detail}`];
  if (report.status === 'failed') lines.push(`${' '.repeat(9)}${'mend'.padEnd(12)}${report.mend}`);
  return `${lines.join('\n')}\n`;
};

export const formatVerdict = ({ broken, exitCode }: Diagnosis, stream: NodeJS.WritableStream): string =>
  broken === undefined
    ? `${styleText('green', 'No hop is broken.', { stream })}\n`
    : `${styleText('red', `The first broken hop is ${broken}.`, { stream })} (exit code ${exitCode})\n`;

const COLORS = { ok: 'green', failed: 'red', skipped: 'yellow' } as const;
