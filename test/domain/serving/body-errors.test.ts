import { expect, test } from 'vitest';
import { ImageError } from '../../../src/domain/errors.ts';
import { bodyInterrupted, lengthMismatch, readTimeout } from '../../../src/domain/serving/body-errors.ts';

test('bodyInterrupted keeps an ImageError and wraps every other cause', () => {
  const named = new ImageError('store-timeout', 'Late.');
  expect(bodyInterrupted(named)).toBe(named);
  const cause = new Error('reset');
  expect(bodyInterrupted(cause)).toMatchObject({
    code: 'store-unavailable',
    message: 'Reading the image was interrupted.',
    cause,
  });
});

test('lengthMismatch names the announced length', () => {
  expect(lengthMismatch(10)).toMatchObject({
    code: 'store-unavailable',
    message: 'The store announced 10 bytes but sent a different number.',
  });
});

test('readTimeout is a store-timeout', () => {
  expect(readTimeout()).toMatchObject({
    code: 'store-timeout',
    message: 'The store stopped sending in the middle of the image.',
  });
});
