import { expect, test } from 'vitest';
import { ImageError } from '../../../src/domain/errors.ts';
import { bodyInterrupted, lengthMismatch, readTimeout } from '../../../src/domain/serving/body-errors.ts';

test('bodyInterrupted keeps an ImageError and wraps every other cause', () => {
  const named = new ImageError('store-timeout', 'Late.');
  expect(bodyInterrupted(named)).toBe(named);
  const cause = new Error('reset');
  expect(bodyInterrupted(cause)).toMatchObject({
    code: 'store-unavailable',
    message: 'The image was interrupted while it was read.',
    cause,
  });
});

test('lengthMismatch names the announced length', () => {
  expect(lengthMismatch(10)).toMatchObject({
    code: 'store-unavailable',
    message: 'The store sent a different number of bytes than the 10 it announced.',
  });
});

test('readTimeout is a store-timeout', () => {
  expect(readTimeout()).toMatchObject({
    code: 'store-timeout',
    message: 'The store stopped sending in the middle of the image.',
  });
});
