const CENTS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const EXACT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 10 });

export const usd = (amount: number): string => `$${(amount < 1000 ? CENTS : WHOLE).format(amount)}`;

/** All digits. */
export const exact = (amount: number): string => EXACT.format(amount);

/** Three significant digits, or all digits before the point. */
export const count = (amount: number): string => (amount < 100 ? SHORT : WHOLE).format(amount);

export const percent = (share: number): string => `${SHORT.format(share * 100)} %`;

/** Rounds up, so that a share that is needed is never too low. */
export const percentUp = (share: number): string => `${Math.ceil(share * 1000 - 1e-9) / 10} %`;

export const milliseconds = (ms: number): string => (ms < 1000 ? `${count(ms)} ms` : `${SHORT.format(ms / 1000)} s`);

const UNITS = ['bytes', 'KB', 'MB', 'GB'] as const;

/** Decimal units: a MB is 1,000,000 bytes. */
export const size = (bytes: number): string => {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${SHORT.format(bytes / 1000 ** power)} ${UNITS[power]}`;
};
