import { describe, expect, it } from 'vitest';
import { type AccessRequest, isAllowed, type PolicyStatement } from './policy-evaluator.ts';

const ROLE = 'arn:aws:iam::111111111111:role/path/name';
const REQUEST: AccessRequest = { caller: ROLE, action: 's3:GetObject', resource: 'arn:aws:s3:::images/a/b.jpeg' };
const ALLOW: PolicyStatement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::images/*' };

const withCondition = (operator: string, key: string, value: string | readonly string[]): PolicyStatement => ({
  ...ALLOW,
  Condition: { [operator]: { [key]: value } },
});

describe('isAllowed', () => {
  it.each<[string, readonly PolicyStatement[], boolean]>([
    ['no statement', [], false],
    ['a statement that matches', [ALLOW], true],
    ['a statement about another action', [{ ...ALLOW, Action: 's3:PutObject' }], false],
    ['one of several actions', [{ ...ALLOW, Action: ['s3:PutObject', 's3:getobject'] }], true],
    ['an action with a wildcard', [{ ...ALLOW, Action: 's3:Get*' }], true],
    ['a statement about another resource', [{ ...ALLOW, Resource: 'arn:aws:s3:::images-2/*' }], false],
    ['a resource whose dot is literal', [{ ...ALLOW, Resource: 'arn:aws:s3:::images/a/b?jpeg' }], true],
    ['an explicit deny next to an allow', [ALLOW, { ...ALLOW, Effect: 'Deny' }], false],
    ['a deny about another action', [ALLOW, { ...ALLOW, Effect: 'Deny', Action: 's3:PutObject' }], true],
    ['the account of the caller', [{ ...ALLOW, Principal: { AWS: 'arn:aws:iam::111111111111:root' } }], true],
    ['the ID of that account', [{ ...ALLOW, Principal: { AWS: ['222222222222', '111111111111'] } }], true],
    ['another account', [{ ...ALLOW, Principal: { AWS: '222222222222' } }], false],
    ['everyone', [{ ...ALLOW, Principal: '*' }], true],
    ['StringEquals with the value', [withCondition('StringEquals', 'aws:PrincipalAccount', '111111111111')], true],
    [
      'StringEquals with a wildcard',
      [withCondition('StringEquals', 'aws:PrincipalArn', `${ROLE.slice(0, -1)}*`)],
      false,
    ],
    ['StringLike with a wildcard', [withCondition('StringLike', 'aws:PrincipalArn', 'arn:*/name')], true],
    ['a key that the request does not have', [withCondition('StringLike', 's3:prefix', '*')], false],
    [
      'ArnEquals with one of several ARNs',
      [withCondition('ArnEquals', 'aws:PrincipalArn', ['arn:a:b:c:d:e', ROLE])],
      true,
    ],
    [
      'ArnLike with a wildcard in a part',
      [withCondition('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/path/*')],
      true,
    ],
    ['ArnLike with a wildcard for several parts', [withCondition('ArnLike', 'aws:PrincipalArn', 'arn:*/name')], false],
  ])('decides about %s', (_, statements, allowed) => {
    expect(isAllowed(statements, REQUEST)).toBe(allowed);
  });

  it.each<[string, PolicyStatement, RegExp]>([
    ['a role as principal', { ...ALLOW, Principal: { AWS: ROLE } }, /by its unique ID/],
    ['a service as principal', { ...ALLOW, Principal: { Service: 'lambda.amazonaws.com' } }, /Service/],
    ['an unknown element', { ...ALLOW, ...{ NotAction: 's3:PutObject' } }, /NotAction/],
    ['an unknown operator', withCondition('StringNotEquals', 's3:prefix', 'a'), /StringNotEquals/],
    ['an unknown key', withCondition('StringEquals', 's3:nonsense', 'a'), /s3:nonsense/],
    ['a policy variable', { ...ALLOW, Resource: `arn:aws:s3:::images/\${aws:username}` }, /variables/],
  ])('throws for %s', (_, statement, message) => {
    expect(() => isAllowed([statement], REQUEST)).toThrow(message);
  });
});
