import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { ImageError } from '../domain/errors.ts';
import { translateOutage } from './aws-failure.ts';
import { type AwsTimeouts, requestHandlerFor } from './aws-timeouts.ts';

export interface AssumedRoleOptions {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  /** Shown in the other account's CloudTrail: 2 to 64 characters of `[\w+=,.@-]`. */
  readonly sessionName: string;
  readonly client?: STSClientConfig;
  readonly timeouts?: AwsTimeouts;
}

/** Temporary credentials, in the form that the clients of the SDK take and refresh before they expire. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * A credentials provider that assumes a role. It does not cache: the client it is given to does, so that one long-lived
 * client makes one call until shortly before the credentials expire.
 *
 * Rejects with an ImageError: `role-refused`, or that STS is throttling, out of reach or too slow.
 */
export const createAssumedRole = ({
  roleArn,
  externalId,
  sessionName,
  client,
  timeouts,
}: AssumedRoleOptions): (() => Promise<RoleCredentials>) => {
  const sts = new STSClient({ requestHandler: requestHandlerFor(timeouts), ...client });
  return async () => {
    try {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName, ExternalId: externalId }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
      if (
        AccessKeyId === undefined ||
        SecretAccessKey === undefined ||
        SessionToken === undefined ||
        Expiration === undefined
      ) {
        throw new ImageError('role-refused', REFUSED, {
          cause: new Error('the answer of AssumeRole has no credentials'),
        });
      }
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      };
    } catch (error) {
      throw translateOutage(error) ?? new ImageError('role-refused', REFUSED, { cause: error });
    }
  };
};

const REFUSED = 'The service may not take the role that reads the store.';
