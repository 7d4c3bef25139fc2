import { describe, expect, it, test } from 'vitest';
import { denied, findFailure, isDenied, ok } from '../../src/cli/finding.ts';
import { ImageError } from '../../src/domain/index.ts';

const awsError = (name: string, status?: number, message = 'a secret') =>
  Object.assign(new Error(message), { name, ...(status && { $metadata: { httpStatusCode: status } }) });

describe('findFailure', () => {
  it.each<[error: unknown, detail: string]>([
    [awsError('CredentialsProviderError'), 'there are no credentials (CredentialsProviderError)'],
    [awsError('TokenProviderError'), 'there are no credentials (TokenProviderError)'],
    [awsError('ExpiredToken', 400), 'the credentials have expired (ExpiredToken)'],
    [awsError('UnrecognizedClientException', 400), 'AWS does not know these credentials (UnrecognizedClientException)'],
    [awsError('RequestTimeTooSkewed', 403), 'the clock of this machine is wrong (RequestTimeTooSkewed)'],
    [new Error('Region is missing'), 'no region is configured'],
    [Object.assign(new Error(), { code: 'ENOTFOUND' }), 'AWS cannot be reached (ENOTFOUND)'],
    [awsError('TimeoutError'), 'AWS cannot be reached (TimeoutError)'],
    [awsError('Throttling', 400), 'AWS answers 400 (Throttling)'],
    [awsError('SyntaxError', 200), 'AWS answers 200 (SyntaxError)'],
    [
      new ImageError('role-refused', 'Refused.', { cause: awsError('ExpiredToken', 400) }),
      'the credentials have expired (ExpiredToken)',
    ],
    [new ImageError('store-unavailable', 'The store answered without a body.'), 'The store answered without a body.'],
    [new TypeError('a secret'), 'it failed with TypeError'],
    ['a secret', 'it failed with string'],
    [undefined, 'it failed with undefined'],
  ])('tells of %o nothing but what it is: %s', (error, detail) => {
    expect(findFailure(error)).toEqual({ status: 'failed', detail, mend: expect.any(String) });
    expect(JSON.stringify(findFailure(error))).not.toContain('a secret');
  });
});

test('who is denied is told what AWS says of it', () => {
  const error = new ImageError('store-forbidden', 'No.', { cause: awsError('AccessDenied', 403, 'User: x may not y') });
  expect([isDenied(error), isDenied(awsError('NoSuchKey', 404)), isDenied('AccessDenied')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(denied('z is closed', error, 'Open it.')).toEqual({
    status: 'failed',
    detail: 'z is closed. AWS says: User: x may not y',
    mend: 'Open it.',
  });
});

test('what somebody else says stays on one line, moves no cursor, and has an end', () => {
  expect(ok('a\u001b[2J\r\nb\u202ec\u2028d')).toEqual({ status: 'ok', detail: 'a [2J b c d' });
  expect(ok('a'.repeat(10_000)).detail).toHaveLength(600);
});
