/** Writes milliseconds since 1970 as an IMF-fixdate (RFC 9110, section 5.6.7). */
export const formatHttpDate = (time: number): string => new Date(time).toUTCString();

/**
 * Reads any of the three forms of RFC 9110, section 5.6.7: milliseconds since 1970, or undefined for anything else,
 * which a recipient of a condition has to ignore.
 */
export const parseHttpDate = (text: string): number | undefined => {
  const found = IMF_FIXDATE.exec(text) ?? RFC_850.exec(text) ?? ASCTIME.exec(text);
  if (found === null) return undefined;
  const { day, month, year, hours, minutes, seconds } = found.groups as Readonly<Record<DatePart, string>>;
  // Date.UTC reads years below 100 as of the last century, and no image is as old as that.
  if (year.length > 2 && Number(year) < 1970) return undefined;
  const time = Date.UTC(
    fullYear(year),
    MONTHS.indexOf(month),
    Number(day),
    Number(hours),
    Number(minutes),
    // A leap second ends at the same time as the one before it.
    Math.min(Number(seconds), 59),
  );
  // Date.UTC rolls 31 February over to March; a date that does not exist is no date.
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

/** Two digits are of the century around 2000, as POSIX reads them: 69 to 99 are 19xx. */
const fullYear = (digits: string): number => {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < 69 ? 2000 + year : 1900 + year;
};
