import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ImageError } from '../../domain/errors.ts';
import { abortable } from '../../domain/serving/abortable.ts';
import type { ImageLocation, ImageLocator, LocateOptions } from '../../domain/serving/ports.ts';
import { connectBucket, type S3BucketOptions } from './s3-bucket.ts';
import { toBucketError } from './s3-errors.ts';
import { toOutageError } from './sdk-errors.ts';
import type { RoleCredentials } from './sts-credentials.ts';

/**
 * Signs URLs of a bucket, which S3 serves for 300 seconds or until the credentials expire. Needs the package
 * `@aws-sdk/s3-request-presigner`. Only the host is signed, so the caller may add `Range` and conditions.
 *
 * `locate` rejects with `store-unavailable` if the credentials are about to expire and STS gives no others. The expiration of
 * credentials that do not name it is unknown: those that Lambda passes to a function.
 */
export const createS3ImageLocator = (options: S3BucketOptions): ImageLocator => {
  const { s3, common } = connectBucket(options);
  // Loaded only here, so that a service without locators does not load it. `locate` rejects with the error if that fails.
  const presigner = import('@aws-sdk/s3-request-presigner');
  presigner.catch(() => undefined);

  /** Milliseconds since 1970, by the clock of AWS: the SDK corrects the clock of a machine that is wrong. */
  const now = () => Date.now() + s3.config.systemClockOffset;

  /** From when and how long a URL is valid. Asks for new credentials if the last ones are too old. */
  const validity = async (): Promise<{ signed: number; seconds: number }> => {
    for (const forceRefresh of [false, true]) {
      const credentials = await s3.config.credentials({ forceRefresh });
      // A signature has whole seconds.
      const signed = Math.floor(now() / 1000) * 1000;
      const seconds = Math.min(MAX_VALIDITY, Math.floor((endOf(credentials) - MARGIN - signed) / 1000));
      if (seconds > 0) return { signed, seconds };
    }
    throw new ImageError('store-unavailable', 'The credentials of the service expire too soon to sign a URL.');
  };

  const sign = async (
    { getSignedUrl }: Presigner,
    key: string,
    { contentType, attachment }: LocateOptions,
  ): Promise<ImageLocation> => {
    const command = new GetObjectCommand({
      ...common,
      Key: key,
      ResponseContentType: contentType,
      ...(attachment && { ResponseContentDisposition: 'attachment' }),
    });
    const { signed, seconds } = await validity();
    const url = await getSignedUrl(s3, command, { signingDate: new Date(signed), expiresIn: seconds });
    return { url, expires: signed + seconds * 1000 };
  };

  return {
    locate: async (key, locateOptions) => {
      const { signal } = locateOptions;
      // Outside the `try`: a missing package is not a failure of the store.
      const loaded = await presigner;
      try {
        return await abortable(sign(loaded, key, locateOptions), signal, () => {});
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : (toOutageError(error) ?? toBucketError(error));
      }
    },
  };
};

type Presigner = typeof import('@aws-sdk/s3-request-presigner');

/** Seconds for which a URL is valid at most. */
const MAX_VALIDITY = 300;

/**
 * Milliseconds that a URL expires before its credentials. The clock that signs may differ from that of STS: the SDK knows
 * the difference from a header that has whole seconds and some time in transit.
 */
const MARGIN = 5_000;

/** Milliseconds since 1970 when credentials expire. */
const endOf = ({ expiration, sessionExpiration = expiration }: Partial<RoleCredentials>): number =>
  sessionExpiration?.getTime() ?? Number.POSITIVE_INFINITY;
