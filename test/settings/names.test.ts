import { describe, expect, test } from 'vitest';
import { apiKeyName, assumedRoleSession, lambdaRoleArn, readerStageName } from '../../src/settings/names.ts';

describe('assumedRoleSession', () => {
  test('returns a name with the environment', () => {
    expect(assumedRoleSession('dev')).toBe('images-api-dev');
  });

  test('cuts the name at the 64 characters that STS accepts', () => {
    expect(assumedRoleSession('e'.repeat(128))).toBe(`images-api-${'e'.repeat(53)}`);
  });
});

test('lambdaRoleArn returns the ARN of the role in the global stack', () => {
  expect(lambdaRoleArn('aws-cn', '111111111111', 'dev')).toBe(
    'arn:aws-cn:iam::111111111111:role/images-api-global-dev--lambda-role',
  );
});

test('readerStageName returns the name that the commands of the README select', () => {
  expect(readerStageName('prod')).toBe('images-account-prod');
});

test('apiKeyName adds the letter of every generation except the first', () => {
  expect([apiKeyName('dev', 'a'), apiKeyName('dev', 'b')]).toEqual([
    'images-api-global-dev--api-key',
    'images-api-global-dev--api-key--b',
  ]);
});
