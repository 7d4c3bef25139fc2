import { type _Object, ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { ImageError, imageError } from '../../domain/errors.ts';
import type { ImageIndex, IndexedImage, IndexPage, ListOptions } from '../../domain/listing/ports.ts';
import { abortable } from '../../domain/serving/abortable.ts';
import { connectBucket, type S3BucketOptions, toHttpOptions } from './s3-bucket.ts';
import { toBucketError, toParseError } from './s3-errors.ts';
import { readAwsFailure, toOutageError } from './sdk-errors.ts';

/**
 * Lists the keys of a bucket. Each page is one ListObjectsV2 request, and tokens are S3's own continuation tokens.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export const createS3ImageIndex = (options: S3BucketOptions): ImageIndex => {
  const { s3, common } = connectBucket(options);
  return {
    list: async (keyPrefix, { limit, token, signal }: ListOptions) => {
      const input = { ...common, Prefix: keyPrefix, MaxKeys: limit, ContinuationToken: token };
      try {
        // `abortable` also ends the wait for credentials, as in the store.
        const listing = s3.send(new ListObjectsV2Command(input), toHttpOptions(signal));
        return readPage(await abortable(listing, signal, () => {}));
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : toIndexError(error, token);
      }
    },
  };
};

const readPage = (output: ListObjectsV2CommandOutput): IndexPage => {
  const { IsTruncated: isTruncated, NextContinuationToken: next, Contents: objects = [] } = output;
  // Without this check, a response that is not a listing would look like the last page.
  if (isTruncated === undefined || (isTruncated && next === undefined)) {
    throw new ImageError('store-unavailable', 'The store answered with an incomplete listing.');
  }
  return { images: objects.map(readObject), next: isTruncated ? next : undefined };
};

const readObject = ({ Key, Size, ETag, LastModified }: _Object): IndexedImage => {
  if (Key === undefined || Size === undefined) {
    throw new ImageError('store-unavailable', 'The store answered with an incomplete listing.');
  }
  // HTTP dates, and so the store, have whole seconds.
  const lastModified = LastModified && Math.floor(LastModified.getTime() / 1000) * 1000;
  return { key: Key, size: Size, etag: ETag, lastModified };
};

const toIndexError = (error: unknown, token: string | undefined): ImageError => {
  const outage = toOutageError(error);
  if (outage !== undefined) return outage;
  const { name, status } = readAwsFailure(error);
  if (status === 200) return toParseError(error);
  // Only the token comes from a caller; all other arguments are ours.
  if (token !== undefined && name === 'InvalidArgument') return imageError('invalid-cursor', { cause: error });
  const refusal = toBucketError(error);
  return refusal.code === 'store-forbidden'
    ? new ImageError('store-forbidden', 'The image store denies the listing of its images.', { cause: error })
    : refusal;
};
