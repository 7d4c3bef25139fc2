import { describe, expect, test } from 'vitest';
import { formatImagePath, type ImagePath, parseImagePath } from '../../../src/domain/index.ts';
import { parsePathPrefix } from '../../../src/domain/mapping/image-path.ts';

describe('parseImagePath', () => {
  test.each([
    ['a.jpg', 'a.jpg', 'keeps a plain path'],
    ['/a/b.jpg', 'a/b.jpg', 'ignores one leading slash'],
    ['a%20b/%C3%BC.jpg', 'a b/ü.jpg', 'decodes escapes with digits of either case'],
    ['a%2520b', 'a%20b', 'decodes once'],
    ['a+b', 'a+b', 'keeps a plus'],
    ['ü/😀', 'ü/😀', 'keeps characters that are not encoded'],
    ['a\u0301', 'a\u0301', 'does not normalise Unicode'],
    ['.../..a/a..', '.../..a/a..', 'accepts dots inside segments'],
    ['%5C..%5C', '\\..\\', 'treats a backslash as an ordinary character'],
    ['a%E2%80%8B', 'a\u200b', 'treats an invisible character as an ordinary character'],
    ['\u0080', '\u0080', 'accepts control characters above ASCII'],
  ])('decodes %j to %j: %3$s', (encoded, path) => {
    expect(parseImagePath(encoded)).toBe(path);
  });

  test.each([
    ['', 'The path is empty.'],
    ['/', 'The path is empty.'],
    ['//', 'The path ends with a slash.'],
    ['a/', 'The path ends with a slash.'],
    ['//a', 'The path has an empty segment (number 1): remove the extra slash.'],
    ['a//b', 'The path has an empty segment (number 2): remove the extra slash.'],
    ['.', 'The path has a "." or ".." segment (number 1).'],
    ['a/./b', 'The path has a "." or ".." segment (number 2).'],
    ['a/b/%2e%2E', 'The path has a "." or ".." segment (number 3).'],
    ['../a', 'The path has a "." or ".." segment (number 1).'],
    ['a%2fb', 'The path has an encoded slash (%2F) inside a segment.'],
    ['a%2Fb', 'The path has an encoded slash (%2F) inside a segment.'],
    ['a%00', 'The path has a control character.'],
    ['a\u001fb', 'The path has a control character.'],
    ['%7F', 'The path has a control character.'],
    ['\ud800', 'The path is not well-formed Unicode (it has half of a surrogate pair).'],
    ['a/%zz/b', 'The path has a percent escape that is not UTF-8, in segment 2, "%zz": write a percent sign as %25.'],
    ['50%', 'The path has a percent escape that is not UTF-8, in segment 1, "50%": write a percent sign as %25.'],
    ['%c0%af', 'The path has a percent escape that is not UTF-8, in segment 1, "%c0%af": write a percent sign as %25.'],
    ['%ed%a0%80', /not UTF-8, in segment 1/],
    [`%${'a'.repeat(100)}`, /segment 1, "%a{58}…": write/],
    [`%${'-'.repeat(59)}`, /segment 1, "%-{59}": write/],
  ])('rejects %j', (encoded, message) => {
    expect(() => parseImagePath(encoded)).toThrow(
      expect.objectContaining({ name: 'ImageError', code: 'invalid-path' }),
    );
    expect(() => parseImagePath(encoded)).toThrow(message);
  });

  test('keeps the error of the decoder as the cause', () => {
    expect(() => parseImagePath('%zz')).toThrow(expect.objectContaining({ cause: expect.any(URIError) }));
  });
});

describe('parsePathPrefix', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['a', 'a'],
    ['/a/', 'a/'],
    ['a/b', 'a/b'],
    ['a/.b', 'a/.b'],
    ['a/...', 'a/...'],
    ['a+b%20%2B', 'a+b +'],
    ['a%252F', 'a%2F'],
    ['%F0%9F%98%80/', '😀/'],
  ])('decodes %j to %j', (encoded, prefix) => {
    expect(parsePathPrefix(encoded)).toBe(prefix);
  });

  test.each([
    ['//', 'The prefix has an empty segment (number 1): remove the extra slash.'],
    ['a//', 'The prefix has an empty segment (number 2): remove the extra slash.'],
    ['a//b', 'The prefix has an empty segment (number 2): remove the extra slash.'],
    ['..', 'The prefix has a "." or ".." segment (number 1).'],
    ['a/%2e/', 'The prefix has a "." or ".." segment (number 2).'],
    ['a%2f', 'The prefix has an encoded slash (%2F) inside a segment.'],
    ['a%00', 'The prefix has a control character.'],
    ['\ud800', 'The prefix is not well-formed Unicode (it has half of a surrogate pair).'],
    ['a/%4', 'The prefix has a percent escape that is not UTF-8, in segment 2, "%4": write a percent sign as %25.'],
    ['%ff', 'The prefix has a percent escape that is not UTF-8, in segment 1, "%ff": write a percent sign as %25.'],
  ])('rejects %j', (encoded, message) => {
    expect(() => parsePathPrefix(encoded)).toThrow(expect.objectContaining({ code: 'invalid-request', message }));
  });
});

test.each([
  ['a b/ü?.jpg', 'a%20b/%C3%BC%3F.jpg'],
  ['a+b/50%', 'a%2Bb/50%25'],
])('formatImagePath encodes %j as %j', (path, encoded) => {
  expect(formatImagePath(path as ImagePath)).toBe(encoded);
});
