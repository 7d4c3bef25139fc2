import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { ImageError, type ImageErrorCode } from '../../domain/errors.ts';
import { type ByteRange, formatRange, outsideOf } from '../../domain/serving/byte-range.ts';
import type { ImageInfo, ImageStore, OpenImage, OpenOptions } from '../../domain/serving/ports.ts';
import { type AwsTimeouts, requestHandlerFor } from './request-handler.ts';
import { readAwsFailure, translateOutage } from './sdk-errors.ts';

export interface S3ImageStoreOptions {
  readonly bucket: string;
  /** The account that has to own the bucket, so that a bucket which changed hands is not read. */
  readonly bucketOwner?: string | undefined;
  /** Credentials, region, endpoint: where it is not said, the SDK finds them in the environment. */
  readonly client?: S3ClientConfig;
  readonly timeouts?: AwsTimeouts;
}

/** The images of a bucket. One client keeps its connections and credentials for as long as the store lives. */
export const createS3ImageStore = ({ bucket, bucketOwner, client, timeouts }: S3ImageStoreOptions): ImageStore => {
  const s3 = new S3Client({ ...SETTINGS, requestHandler: requestHandlerFor(timeouts), ...client });
  const object = (key: string) => ({ Bucket: bucket, Key: key, ExpectedBucketOwner: bucketOwner });
  const head = (key: string) => s3.send(new HeadObjectCommand(object(key)));

  const open = async (key: string, { range, etag }: OpenOptions = {}): Promise<OpenImage> => {
    try {
      const output = await s3.send(
        new GetObjectCommand({ ...object(key), Range: range && formatRange(range), IfMatch: etag }),
      );
      return readOutput(output);
    } catch (error) {
      throw await translate(error, key);
    }
  };

  const describe = async (key: string): Promise<ImageInfo> => {
    try {
      return readInfo(await head(key));
    } catch (error) {
      const outage = translateOutage(error);
      if (outage !== undefined) throw outage;
      // An answer to HEAD has no body to name the cause: a missing bucket looks like a missing key. GET names it.
      const { info, body } = await open(key);
      body.destroy();
      return info;
    }
  };

  const translate = async (error: unknown, key: string): Promise<ImageError> => {
    const outage = translateOutage(error);
    if (outage !== undefined) return outage;
    const { status } = readAwsFailure(error);
    if (status === 200 || status === 206) return translateGarbage(error);
    if (status !== 416) return translateRefusal(error);
    const size = actualSize(error) ?? (await head(key).catch(() => undefined))?.ContentLength;
    return outsideOf(size, error);
  };

  return { open, describe };
};

const SETTINGS = {
  // The default wraps every body to compute a checksum, at up to twice the CPU for large ones; TLS guards the transfer.
  responseChecksumValidation: 'WHEN_REQUIRED',
} satisfies S3ClientConfig;

const readOutput = (output: GetObjectCommandOutput): OpenImage => {
  const body = output.Body as Readable | undefined;
  if (body === undefined) throw new ImageError('store-unavailable', 'The store answered without a body.');
  try {
    const info = readInfo(output);
    const { size, ...range } = readContentRange(output.ContentRange) ?? { size: info.size };
    return { info: { ...info, size }, range: 'first' in range ? range : undefined, body };
  } catch (error) {
    body.destroy();
    throw error;
  }
};

const readInfo = (output: GetObjectCommandOutput | HeadObjectCommandOutput): ImageInfo => {
  if (output.ContentLength === undefined) {
    throw new ImageError('store-unavailable', 'The store answered without the length of the image.');
  }
  return {
    size: output.ContentLength,
    etag: output.ETag,
    lastModified: output.LastModified?.getTime(),
    contentType: output.ContentType,
    contentEncoding: output.ContentEncoding,
    cacheControl: output.CacheControl,
  };
};

const readContentRange = (field: string | undefined): (ByteRange & { readonly size: number }) | undefined => {
  if (field === undefined) return undefined;
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(field) ?? [];
  if (size === undefined)
    throw new ImageError('store-unavailable', 'The store answered with a range that cannot be read.');
  return { first: Number(first), last: Number(last), size: Number(size) };
};

/** S3 puts it into the body of a 416. */
const actualSize = (error: unknown): number | undefined => {
  const { ActualObjectSize: size } = error as { ActualObjectSize?: unknown };
  return typeof size === 'string' && /^\d+$/.test(size) ? Number(size) : undefined;
};

/** What the SDK could not read it has not taken: the body still holds its connection. */
const translateGarbage = (error: unknown): ImageError => {
  const { $response } = error as { $response?: { body?: { destroy?(): unknown } } };
  $response?.body?.destroy?.();
  return new ImageError('store-unavailable', 'The store answered with something that cannot be read.', {
    cause: error,
  });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const translateRefusal = (error: unknown): ImageError => {
  const { name, status } = readAwsFailure(error);
  const refusal = (code: ImageErrorCode, message: string) => new ImageError(code, message, { cause: error });
  if (status === 404 && name === 'NoSuchKey') return refusal('image-not-found', 'There is no image at this path.');
  if (status === 412) return refusal('precondition-failed', 'The image is not in the version that was asked for.');
  if (name === 'InvalidObjectState') {
    return refusal('image-archived', 'The image is archived, and has to be restored before it can be read.');
  }
  if (status === 403 || name === 'CredentialsProviderError' || EXPIRED.has(name)) {
    // Without s3:ListBucket S3 answers 403 for a missing key, too.
    return refusal(
      'store-forbidden',
      'The store refuses this image to the service, or will not say that it is missing.',
    );
  }
  return refusal('store-misconfigured', 'The service looks for its images in a place that does not answer for them.');
};

const EXPIRED = new Set(['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired', 'RequestExpired']);
