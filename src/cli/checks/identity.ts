import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { denied, type Finding, isDenied, ok, skipped } from '../finding.ts';

/** Needs no permission at all. */
export const checkIdentity = async (sts: STSClient): Promise<Finding> => {
  const { Arn = 'nobody' } = await sts.send(new GetCallerIdentityCommand({}));
  return ok(Arn);
};

export interface RoleToTake {
  readonly arn: string;
  readonly externalId: string | undefined;
}

/** @param assume takes the role as the service does. */
export const checkRole = async (role: RoleToTake | undefined, assume: () => Promise<unknown>): Promise<Finding> => {
  if (role === undefined) return skipped('no role is configured: the identity reads the bucket itself');
  try {
    await assume();
    return ok(role.arn);
  } catch (error) {
    if (!isDenied(error)) throw error;
    // AWS does not tell which of these it is.
    const externalId =
      role.externalId === undefined
        ? 'give the external id that it asks for, if it does, with --external-id'
        : 'compare the external id with the one that it asks for';
    return denied(
      `${role.arn} is refused`,
      error,
      `Let the trust policy of the role name the identity above, or run this as the identity that it names; ${externalId}; and allow the identity sts:AssumeRole on the role.`,
    );
  }
};
