import { expect, test } from 'vitest';
import { ImageError, imageError, quote } from '../../src/domain/errors.ts';

test('an ImageError has a code, a message, a cause and a size', () => {
  const cause = new Error('why');
  const error = new ImageError('range-not-satisfiable', 'Too large.', { cause, size: 5 });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ImageError',
    code: 'range-not-satisfiable',
    message: 'Too large.',
    cause,
    size: 5,
  });
});

test('an ImageError without options has no cause and no size', () => {
  const error = new ImageError('internal', 'x');
  expect('cause' in error).toBe(false);
  expect(error.size).toBeUndefined();
});

test.each([
  'path-missing',
  'invalid-cursor',
  'precondition-failed',
  'image-not-found',
  'image-archived',
  'store-forbidden',
  'role-refused',
  'store-misconfigured',
  'store-throttled',
  'store-unavailable',
  'store-timeout',
  'internal',
] as const)('imageError gives %s a sentence as its message', (code) => {
  const cause = new Error('why');
  const error = imageError(code, { cause });
  expect(error).toMatchObject({ code, cause, message: expect.stringMatching(/^[A-Z].{10,}[.!]$/) });
});

test.each([
  ['a', '"a"'],
  ['a"\n', '"a\\"\\n"'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(59)}…"`],
])('quote converts %j to %s', (text, quoted) => {
  expect(quote(text)).toBe(quoted);
});
