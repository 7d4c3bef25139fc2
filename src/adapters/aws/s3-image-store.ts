import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { ImageError, imageError } from '../../domain/errors.ts';
import { abortable } from '../../domain/serving/abortable.ts';
import { type ByteRange, formatRange, rangeNotSatisfiable } from '../../domain/serving/byte-range.ts';
import type { DescribeOptions, ImageInfo, ImageStore, OpenImage, OpenOptions } from '../../domain/serving/ports.ts';
import { connectBucket, type S3BucketOptions, toHttpOptions } from './s3-bucket.ts';
import { toBucketError, toParseError } from './s3-errors.ts';
import { readAwsFailure, toOutageError } from './sdk-errors.ts';

/** Serves the images of a bucket. The store has one client, which reuses its connections and credentials. */
export const createS3ImageStore = (options: S3BucketOptions): ImageStore => {
  const { s3, common } = connectBucket(options);
  const object = (key: string) => ({ ...common, Key: key });
  // The SDK ignores the signal while it waits for credentials, because several requests share that wait. `abortable` ends
  // the wait of this request alone.
  const head = (key: string, signal: Signal) =>
    abortable(s3.send(new HeadObjectCommand(object(key)), toHttpOptions(signal)), signal, () => {});
  const get = (input: GetObjectCommandInput, signal: Signal) =>
    abortable(s3.send(new GetObjectCommand(input), toHttpOptions(signal)), signal, ({ Body }) =>
      (Body as Readable | undefined)?.destroy(),
    );

  const open = async (key: string, { range, etag, signal }: OpenOptions = {}): Promise<OpenImage> => {
    try {
      return readOutput(await get({ ...object(key), Range: range && formatRange(range), IfMatch: etag }, signal));
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : await toStoreError(error, key, signal);
    }
  };

  const describe = async (key: string, { signal }: DescribeOptions = {}): Promise<ImageInfo> => {
    try {
      const output = await head(key, signal);
      // S3 answers HEAD for an archived object with 200, and only GET with an error. The `catch` below passes this one on.
      if (isArchived(output)) throw imageError('image-archived');
      return readInfo(output);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      const outage = toOutageError(error);
      if (outage !== undefined) throw outage;
      // A HEAD response has no body, so a missing bucket looks like a missing key. GET reports the cause.
      const { info, body } = await open(key, { signal });
      body.destroy();
      return info;
    }
  };

  const toStoreError = async (error: unknown, key: string, signal: Signal): Promise<ImageError> => {
    const outage = toOutageError(error);
    if (outage !== undefined) return outage;
    const { status } = readAwsFailure(error);
    if (status === 200 || status === 206) return toParseError(error);
    if (status !== 416) return toRefusalError(error);
    const size = actualSize(error) ?? (await head(key, signal).catch(() => undefined))?.ContentLength;
    return rangeNotSatisfiable(size, error);
  };

  return { open, describe };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html#API_HeadObject_ResponseSyntax */
const isArchived = ({ StorageClass, ArchiveStatus, Restore }: HeadObjectCommandOutput): boolean =>
  (ARCHIVES.has(StorageClass) || ARCHIVES.has(ArchiveStatus)) && Restore?.includes('ongoing-request="false"') !== true;

/** Storage classes, and access tiers of Intelligent-Tiering, whose objects must be restored before they can be read. Restored copies are readable. */
const ARCHIVES: ReadonlySet<string | undefined> = new Set([
  'GLACIER',
  'DEEP_ARCHIVE',
  'ARCHIVE_ACCESS',
  'DEEP_ARCHIVE_ACCESS',
]);

type Signal = DescribeOptions['signal'];

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
    throw new ImageError('store-unavailable', 'The store answered without a Content-Length.');
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
    throw new ImageError('store-unavailable', 'The store answered with an invalid Content-Range.');
  return { first: Number(first), last: Number(last), size: Number(size) };
};

/** Size of the object in bytes, from the body of a 416 response. */
const actualSize = (error: unknown): number | undefined => {
  const { ActualObjectSize: size } = error as { ActualObjectSize?: unknown };
  return typeof size === 'string' && /^\d+$/.test(size) ? Number(size) : undefined;
};

/** Error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const toRefusalError = (error: unknown): ImageError => {
  const { name, status } = readAwsFailure(error);
  const options = { cause: error };
  if (status === 404 && name === 'NoSuchKey') return imageError('image-not-found', options);
  if (status === 412) return imageError('precondition-failed', options);
  if (name === 'InvalidObjectState') return imageError('image-archived', options);
  return toBucketError(error);
};
