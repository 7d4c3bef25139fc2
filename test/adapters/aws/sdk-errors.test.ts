import { describe, expect, it } from 'vitest';
import { readAwsFailure, toOutageError } from '../../../src/adapters/aws/sdk-errors.ts';
import { ImageError } from '../../../src/domain/errors.ts';

describe('AWS errors', () => {
  it.each([null, undefined, 'a text', { name: 'SlowDown' }])(
    'readAwsFailure returns no status and no code for %j, which is not an Error',
    (thrown) => {
      expect(readAwsFailure(thrown)).toEqual({ name: '', status: undefined, code: undefined });
      expect(toOutageError(thrown)).toBeUndefined();
    },
  );

  it('toOutageError returns an ImageError unchanged', () => {
    const refused = new ImageError('role-refused', 'Denied.');
    expect(toOutageError(refused)).toBe(refused);
  });
});
