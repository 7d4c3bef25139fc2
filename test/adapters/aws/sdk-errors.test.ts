import { describe, expect, it } from 'vitest';
import { readAwsFailure, toOutageError } from '../../../src/adapters/aws/sdk-errors.ts';
import { ImageError } from '../../../src/domain/errors.ts';

describe('a failure of AWS', () => {
  it.each([null, undefined, 'a text', { name: 'SlowDown' }])(
    'is none when %j was thrown, which is no error',
    (thrown) => {
      expect(readAwsFailure(thrown)).toEqual({ name: '', status: undefined, code: undefined });
      expect(toOutageError(thrown)).toBeUndefined();
    },
  );

  it('that was translated already stays as it is', () => {
    const refused = new ImageError('role-refused', 'It may not.');
    expect(toOutageError(refused)).toBe(refused);
  });
});
