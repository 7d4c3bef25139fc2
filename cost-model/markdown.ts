/** The first column is text, the others are figures. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows].map(row).join('\n');

/** Every column is text. */
export const textTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row).join('\n');

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const CENTS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const EXACT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 10 });

export const usd = (amount: number): string => `$${(amount < 1000 ? CENTS : WHOLE).format(amount)}`;

/** All of its digits. */
export const exact = (amount: number): string => EXACT.format(amount);

/** Three digits, or all before the point. */
export const count = (amount: number): string => (amount < 100 ? SHORT : WHOLE).format(amount);

export const percent = (share: number): string => `${SHORT.format(share * 100)} %`;

/** Of what is needed, so that it is never said to be less. */
export const percentUp = (share: number): string => `${Math.ceil(share * 1000 - 1e-9) / 10} %`;

export const milliseconds = (ms: number): string => (ms < 1000 ? `${count(ms)} ms` : `${SHORT.format(ms / 1000)} s`);

const UNITS = ['bytes', 'KB', 'MB', 'GB'] as const;

export const size = (bytes: number): string => {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  return `${SHORT.format(bytes / 1024 ** power)} ${UNITS[power]}`;
};

export const gigabits = (bitsPerSecond: number): string => {
  const amount = bitsPerSecond / 1_000_000_000;
  return amount < 0.01 ? '< 0.01' : count(amount);
};
