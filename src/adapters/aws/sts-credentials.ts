import { AssumeRoleCommand, type AssumeRoleCommandOutput, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { imageError } from '../../domain/errors.ts';
import { type AwsTimeouts, requestHandlerFor } from './request-handler.ts';
import { toOutageError } from './sdk-errors.ts';

export interface AssumedRoleOptions {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  /** Session name, which CloudTrail shows in the account of the role. 2 to 64 characters of `[\w+=,.@-]`. */
  readonly sessionName: string;
  readonly client?: STSClientConfig;
  readonly timeouts?: AwsTimeouts;
}

/** Temporary credentials in the format of the SDK. Its clients refresh them before they expire. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When the SDK must have others. During an outage of STS it is later than the real expiration. */
  readonly expiration: Date;
  /** When AWS stops accepting the credentials. */
  readonly sessionExpiration: Date;
}

/**
 * Creates a credentials provider that assumes a role. An SDK client caches the credentials, so one long-lived client
 * calls STS once, and again 5 minutes before the credentials expire, however many requests are waiting. During an
 * outage of STS, the provider returns the last credentials until they expire.
 *
 * The provider rejects with an ImageError: `role-refused` if the role cannot be assumed, or `store-throttled`,
 * `store-unavailable` or `store-timeout` if STS throttles, fails or does not answer in time.
 */
export const createAssumedRole = ({
  roleArn,
  externalId,
  sessionName,
  client,
  timeouts,
}: AssumedRoleOptions): (() => Promise<RoleCredentials>) => {
  const requestHandler = requestHandlerFor(timeouts);
  const sts = new STSClient({ requestHandler, ...client });
  /** Three attempts, and the time between them. The timeouts of an attempt end with the first byte of a response. */
  const limit = 4 * requestHandler.requestTimeout;
  let last: RoleCredentials | undefined;
  return async () => {
    try {
      const output = await sts.send(
        new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName, ExternalId: externalId }),
        // All requests wait for the same call, so one that never ended would fail all later ones.
        { abortSignal: AbortSignal.timeout(limit) },
      );
      last = readCredentials(output);
      return last;
    } catch (error) {
      const outage = toOutageError(error);
      if (outage === undefined) throw imageError('role-refused', { cause: error });
      const left = (last?.expiration.getTime() ?? 0) - Date.now();
      if (last === undefined || left <= 0) throw outage;
      // The SDK refreshes 5 minutes before this expiration: in 30 seconds, or when the credentials really expire.
      return { ...last, expiration: new Date(Date.now() + REFRESH_BEFORE_EXPIRY + Math.min(left, RETRY_INTERVAL)) };
    }
  };
};

/** The SDK refreshes credentials this many milliseconds before they expire. */
const REFRESH_BEFORE_EXPIRY = 300_000;
/** Milliseconds between calls to STS during an outage. */
const RETRY_INTERVAL = 30_000;

const readCredentials = ({ Credentials }: AssumeRoleCommandOutput): RoleCredentials => {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (
    AccessKeyId === undefined ||
    SecretAccessKey === undefined ||
    SessionToken === undefined ||
    Expiration === undefined
  ) {
    throw new Error('the response of AssumeRole has incomplete credentials');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
    sessionExpiration: Expiration,
  };
};
