import { AssumeRoleCommand, type AssumeRoleCommandOutput, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { imageError } from '../../domain/errors.ts';
import { type AwsTimeouts, requestHandlerFor } from './request-handler.ts';
import { toOutageError } from './sdk-errors.ts';

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
 * A credentials provider that assumes a role. The client it is given to keeps what it gives, so that one long-lived client
 * makes one call until 5 minutes before the credentials expire, however many images wait for it. While STS is not well,
 * the credentials that it gave last are good until they expire.
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
  let last: RoleCredentials | undefined;
  return async () => {
    try {
      const answer = await sts.send(
        new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName, ExternalId: externalId }),
      );
      last = readCredentials(answer);
      return last;
    } catch (error) {
      const outage = toOutageError(error);
      if (outage === undefined) throw imageError('role-refused', { cause: error });
      const left = (last?.expiration.getTime() ?? 0) - Date.now();
      if (last === undefined || left <= 0) throw outage;
      return { ...last, expiration: new Date(Date.now() + REFRESHED_BEFORE + Math.min(left, NEXT_TRY)) };
    }
  };
};

/** Milliseconds before they expire, from which the SDK asks for new credentials. */
const REFRESHED_BEFORE = 300_000;
/** Milliseconds until STS is asked again, when it is not well. */
const NEXT_TRY = 30_000;

const readCredentials = ({ Credentials }: AssumeRoleCommandOutput): RoleCredentials => {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (
    AccessKeyId === undefined ||
    SecretAccessKey === undefined ||
    SessionToken === undefined ||
    Expiration === undefined
  ) {
    throw new Error('the answer of AssumeRole has no credentials');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
};
