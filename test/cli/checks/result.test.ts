import { describe, expect, it, test } from 'vitest';
import { denied, explainError, isDenied, ok } from '../../../src/cli/checks/result.ts';
import { ImageError } from '../../../src/domain/index.ts';

const awsError = (name: string, status?: number, message = 'a secret') =>
  Object.assign(new Error(message), { name, ...(status && { $metadata: { httpStatusCode: status } }) });

describe('explainError', () => {
  it.each<[error: unknown, detail: string]>([
    [awsError('CredentialsProviderError'), 'no AWS credentials were found (CredentialsProviderError)'],
    [awsError('TokenProviderError'), 'no AWS credentials were found (TokenProviderError)'],
    [awsError('ExpiredToken', 400), 'the AWS credentials have expired (ExpiredToken)'],
    [awsError('UnrecognizedClientException', 400), 'AWS rejected the credentials (UnrecognizedClientException)'],
    [awsError('RequestTimeTooSkewed', 403), 'the clock of this machine is wrong (RequestTimeTooSkewed)'],
    [new Error('Region is missing'), 'no AWS region is set'],
    [Object.assign(new Error(), { code: 'ENOTFOUND' }), 'AWS is unreachable (ENOTFOUND)'],
    [awsError('TimeoutError'), 'AWS is unreachable (TimeoutError)'],
    [awsError('Throttling', 400), 'AWS answered 400 (Throttling)'],
    [awsError('SyntaxError', 200), 'AWS answered 200 (SyntaxError)'],
    [
      new ImageError('role-refused', 'Refused.', { cause: awsError('ExpiredToken', 400) }),
      'the AWS credentials have expired (ExpiredToken)',
    ],
    [new ImageError('store-unavailable', 'The store answered without a body.'), 'The store answered without a body.'],
    [new TypeError('a secret'), 'an unexpected error occurred (TypeError)'],
    ['a secret', 'an unexpected error occurred (string)'],
    [undefined, 'an unexpected error occurred (undefined)'],
  ])('describes %o without its message: %s', (error, detail) => {
    expect(explainError(error)).toEqual({ status: 'failed', detail, fix: expect.any(String) });
    expect(JSON.stringify(explainError(error))).not.toContain('a secret');
  });
});

test('denied adds the message of AWS', () => {
  const error = new ImageError('store-forbidden', 'No.', { cause: awsError('AccessDenied', 403, 'User: x may not y') });
  expect([isDenied(error), isDenied(awsError('NoSuchKey', 404)), isDenied('AccessDenied')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(denied('opening z is denied', error, 'Allow it.')).toEqual({
    status: 'failed',
    detail: 'opening z is denied. AWS says: User: x may not y',
    fix: 'Allow it.',
  });
});

test('ok replaces control characters and cuts the detail at 600 characters', () => {
  expect(ok('a\u001b[2J\r\nb\u202ec\u2028d')).toEqual({ status: 'ok', detail: 'a [2J b c d' });
  expect(ok('a'.repeat(10_000)).detail).toHaveLength(600);
});
