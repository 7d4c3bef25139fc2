import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AssumableRole } from './clients.ts';
import { type CheckResult, denied, isDenied, ok, skipped } from './result.ts';

/** Checks the credentials with GetCallerIdentity, which needs no permission. */
export const checkIdentity = async (sts: STSClient): Promise<CheckResult> => {
  const { Arn = 'unknown ARN' } = await sts.send(new GetCallerIdentityCommand({}));
  return ok(Arn);
};

export const checkRole = async (role: AssumableRole | undefined): Promise<CheckResult> => {
  if (role === undefined) return skipped('no role is configured, so the identity reads the bucket itself');
  try {
    await role.assume();
    return ok(role.arn);
  } catch (error) {
    if (!isDenied(error)) throw error;
    // AWS does not say which of the three causes applies.
    const externalId = role.externalId === undefined ? '--external-id is set' : '--external-id matches';
    return denied(
      `the identity cannot assume ${role.arn}`,
      error,
      `Check three things: the role's trust policy allows the identity above; ${externalId}, if the role requires one; the identity has sts:AssumeRole on the role. If the role trusts only the function, you cannot assume it yourself, and this failure is expected.`,
    );
  }
};
