import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { AbortSignalLike } from '../../domain/serving/ports.ts';
import { type AwsTimeouts, requestHandlerFor } from './request-handler.ts';

export interface S3BucketOptions {
  readonly bucket: string;
  /** AWS account that must own the bucket. S3 denies access if the bucket name now belongs to another account. */
  readonly bucketOwner?: string | undefined;
  /** Whether the account of the credentials pays for the requests. Default: false. */
  readonly requesterPays?: boolean | undefined;
  /**
   * Credentials, region and endpoint; by default, the SDK reads them from the environment. Or a client from
   * `createS3Client`, so that store, index and locator share its connections and credentials.
   */
  readonly client?: S3ClientConfig | S3Client;
  /** Ignored if `client` is a client. */
  readonly timeouts?: AwsTimeouts | undefined;
}

/** The client of a bucket, and the parameters that all its requests have. */
export interface S3Bucket {
  readonly s3: S3Client;
  readonly common: {
    readonly Bucket: string;
    readonly ExpectedBucketOwner: string | undefined;
    readonly RequestPayer?: 'requester';
  };
}

export const connectBucket = (options: S3BucketOptions): S3Bucket => {
  const { bucket, bucketOwner, requesterPays, client = {}, timeouts } = options;
  return {
    s3: 'middlewareStack' in client ? client : createS3Client(client, timeouts),
    common: { Bucket: bucket, ExpectedBucketOwner: bucketOwner, ...(requesterPays && REQUESTER_PAYS) },
  };
};

/** Creates a client with the timeouts and connections that the service needs. Options in `config` override them. */
export const createS3Client = (config: S3ClientConfig = {}, timeouts?: AwsTimeouts): S3Client =>
  new S3Client({ ...SETTINGS, requestHandler: requestHandlerFor(timeouts), ...config });

/** The SDK types require the platform's AbortSignal, but the SDK uses only what the port has. */
export const toHttpOptions = (signal: AbortSignalLike | undefined): { abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: signal as AbortSignal };

const REQUESTER_PAYS = { RequestPayer: 'requester' } as const;

const SETTINGS = {
  // By default the SDK computes a checksum of each body, which costs large ones up to twice the CPU. TLS protects them.
  responseChecksumValidation: 'WHEN_REQUIRED',
  // Otherwise the SDK adds the checksum of an empty body to each GET request and signed URL.
  requestChecksumCalculation: 'WHEN_REQUIRED',
} satisfies S3ClientConfig;
