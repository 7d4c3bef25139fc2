import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { readAwsFailure } from '../../adapters/aws/sdk-errors.ts';
import { ImageError, type PathMapping, parseImagePath } from '../../domain/index.ts';
import type { ImageStore } from '../../domain/serving/ports.ts';
import { SETTINGS } from '../../settings/settings.ts';
import { denied, type Finding, failed, isDenied, ok, skipped } from '../finding.ts';

export interface ImagePlace {
  readonly bucket: string;
  readonly owner: string | undefined;
  readonly mapping: PathMapping;
}

export const checkBucket = async (s3: S3Client, { bucket }: ImagePlace): Promise<Finding> => {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return ok(bucket);
  } catch (error) {
    const { status } = readAwsFailure(error);
    if (status === 404) {
      return failed(
        `there is no bucket ${bucket}`,
        `Correct ${SETTINGS.bucket.variable} or --bucket, or make the bucket.`,
      );
    }
    const region = regionOf(error);
    if (region !== undefined && region !== (await s3.config.region())) {
      return failed(`${bucket} is in ${region}`, `Set AWS_REGION to ${region}.`);
    }
    // It is there. Who may list nothing but a prefix is refused here, and has all that it takes.
    if (status === 403) return ok(`${bucket} exists, and may not be looked at as a whole`);
    throw error;
  }
};

export const checkPrefix = async (s3: S3Client, { bucket, owner, mapping }: ImagePlace): Promise<Finding> => {
  const { prefix } = mapping;
  const place = `s3://${bucket}/${prefix}`;
  try {
    const list = { Bucket: bucket, Prefix: prefix, MaxKeys: 1, ExpectedBucketOwner: owner };
    const { Contents = [] } = await s3.send(new ListObjectsV2Command(list));
    if (Contents.length > 0) return ok(place);
    return failed(
      `nothing lies below ${place}`,
      `Correct ${SETTINGS.prefix.variable} or --prefix, or put an image there.`,
    );
  } catch (error) {
    if (!isDenied(error)) throw error;
    const condition = prefix === '' ? '' : ` where s3:prefix is ${prefix}*`;
    const account = owner === undefined ? '' : ` See, too, that the bucket belongs to the account ${owner}.`;
    return denied(
      `${place} may not be listed`,
      error,
      `Allow s3:ListBucket on arn:aws:s3:::${bucket}${condition}, in the policy of the role or identity and, from another account, of the bucket. Without it S3 refuses what is missing.${account}`,
    );
  }
};

/** @param path as `explain` takes it. */
export const checkSample = async (
  store: ImageStore,
  { bucket, mapping }: ImagePlace,
  path: string | undefined,
): Promise<Finding> => {
  if (path === undefined) return skipped('no path was named: --sample takes one');
  try {
    const { key } = mapping.keyOf(parseImagePath(path));
    return await checkImage(store, key, bucket, mapping.prefix);
  } catch (error) {
    if (!(error instanceof ImageError) || !NO_KEY.has(error.code)) throw error;
    return failed(`the path has no key. ${error.message}`, 'See what each route makes of it: images-api explain.');
  }
};

const NO_KEY: ReadonlySet<string> = new Set(['invalid-path', 'unknown-path']);

const checkImage = async (store: ImageStore, key: string, bucket: string, prefix: string): Promise<Finding> => {
  try {
    const { info, body } = await store.open(key);
    body.destroy();
    return ok(`${key}, ${info.size} bytes, ${info.contentType ?? 'of no type'}`);
  } catch (error) {
    const { code } = error as Partial<ImageError>;
    if (code === 'image-not-found') {
      return failed(`there is no object ${key}`, 'Name the path of an image that exists, or correct the mapping.');
    }
    if (code === 'image-archived') return failed(`${key} is archived`, 'Restore it, or name another path.');
    if (!isDenied(error)) throw error;
    return denied(
      `${key} may not be read`,
      error,
      `Allow s3:GetObject on arn:aws:s3:::${bucket}/${prefix}*, and kms:Decrypt on the bucket's key if it has one of its own.`,
    );
  }
};

/** S3 says it on every answer about a bucket, whatever the answer is. */
const regionOf = (error: unknown): string | undefined =>
  (error as { $response?: { headers?: Record<string, string> } }).$response?.headers?.['x-amz-bucket-region'];
