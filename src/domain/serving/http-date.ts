/** Formats milliseconds since 1970 as an IMF-fixdate (RFC 9110, section 5.6.7). */
export const formatHttpDate = (time: number): string => new Date(time).toUTCString();

/**
 * Parses an HTTP date in any of the three formats of RFC 9110, section 5.6.7. Returns milliseconds since 1970, or
 * undefined for any other text. A condition with an invalid date must be ignored.
 */
export const parseHttpDate = (text: string): number | undefined => {
  const found = IMF_FIXDATE.exec(text) ?? RFC_850.exec(text) ?? ASCTIME.exec(text);
  if (found === null) return undefined;
  const { day, month, year, hours, minutes, seconds } = found.groups as Readonly<Record<DatePart, string>>;
  // Date.UTC adds 1900 to years below 100. No image is older than 1970, so earlier years are rejected.
  if (year.length > 2 && Number(year) < 1970) return undefined;
  const time = Date.UTC(
    fullYear(year),
    MONTHS.indexOf(month),
    Number(day),
    Number(hours),
    Number(minutes),
    // A leap second counts as the second before it.
    Math.min(Number(seconds), 59),
  );
  // Date.UTC turns 31 February into a day in March, so a date that does not exist has another day here.
  return new Date(time).getUTCDate() === Number(day) ? time : undefined;
};

type DatePart = 'day' | 'month' | 'year' | 'hours' | 'minutes' | 'seconds';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hours>[01]\\d|2[0-3]):(?<minutes>[0-5]\\d):(?<seconds>[0-5]\\d|60)';
const IMF_FIXDATE = new RegExp(
  `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`,
);
const RFC_850 = new RegExp(`^[A-Z][a-z]+day, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`);

/** Expands a year of two digits as POSIX does: 69 to 99 become 19xx, and 00 to 68 become 20xx. */
const fullYear = (digits: string): number => {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < 69 ? 2000 + year : 1900 + year;
};
