import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatHttpDate, parseHttpDate } from '../../../src/domain/serving/http-date.ts';

const NOVEMBER_1994 = Date.UTC(1994, 10, 6, 8, 49, 37);

test('formatHttpDate formats a date as in RFC 9110', () => {
  expect(formatHttpDate(NOVEMBER_1994)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
});

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', NOVEMBER_1994],
  ['Sunday, 06-Nov-94 08:49:37 GMT', NOVEMBER_1994],
  ['Sun Nov  6 08:49:37 1994', NOVEMBER_1994],
  ['Wed Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
  ['Friday, 01-Jan-69 00:00:00 GMT', Date.UTC(1969, 0, 1)],
  ['Friday, 01-Jan-68 00:00:00 GMT', Date.UTC(2068, 0, 1)],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2016, 11, 31, 23, 59, 59)],
  ['Thu, 29 Feb 2024 23:59:59 GMT', Date.UTC(2024, 1, 29, 23, 59, 59)],
])('parseHttpDate parses %j', (text, time) => {
  expect(parseHttpDate(text)).toBe(time);
});

test.each([
  ...['', '0', '2024-01-01T00:00:00Z', '1994', 'Sun, 06 Nov 1994 08:49:37 CET', 'Sun, 6 Nov 1994 08:49:37 GMT'],
  ...[
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Xyz, 06 Nov 1994 08:49:37 GMT',
  ],
  ...['Thu, 01 Jan 0050 00:00:00 GMT', 'Wed, 31 Dec 1969 23:59:59 GMT'],
  ...['Thu, 31 Feb 2024 00:00:00 GMT', 'Thu, 00 Feb 2024 00:00:00 GMT', 'sun, 06 nov 1994 08:49:37 gmt'],
  ...[
    'xSun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMTx',
    'xSunday, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMTx',
  ],
  ...['xSun Nov  6 08:49:37 1994', 'Sun Nov  6 08:49:37 1994x', 'day, 06-Nov-94 08:49:37 GMT'],
])('parseHttpDate returns undefined for %j', (text) => {
  expect(parseHttpDate(text)).toBeUndefined();
});

test.each(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'])(
  'parseHttpDate parses the month %s',
  (month) => {
    const date = `Sun, 06 ${month} 1994 08:49:37 GMT`;
    const time = parseHttpDate(date) ?? Number.NaN;
    // The parser ignores the day of the week, so only the rest is compared.
    expect(formatHttpDate(time).slice(3)).toBe(date.slice(3));
  },
);

test('parseHttpDate parses every formatted date, in whole seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      expect(parseHttpDate(formatHttpDate(seconds * 1000))).toBe(seconds * 1000);
    }),
  );
});
