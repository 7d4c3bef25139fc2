import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { connectBucket } from '../../adapters/aws/s3-bucket.ts';
import { readAwsFailure } from '../../adapters/aws/sdk-errors.ts';
import { ImageError, type PathMapping, parseImagePath } from '../../domain/index.ts';
import type { ImageStore } from '../../domain/serving/ports.ts';
import { SETTINGS } from '../../settings/settings.ts';
import type { ImageSource } from './clients.ts';
import { explainGetObject, explainListBucket } from './permissions.ts';
import { type CheckResult, denied, failed, isDenied, ok, skipped } from './result.ts';

type Location = Pick<ImageSource, 'bucket' | 'owner' | 'requesterPays'> & { readonly mapping: PathMapping };

export const checkBucket = async (s3: S3Client, { bucket }: Location): Promise<CheckResult> => {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return ok(bucket);
  } catch (error) {
    const { status } = readAwsFailure(error);
    if (status === 404) {
      return failed(
        `the bucket ${bucket} does not exist`,
        `Correct ${SETTINGS.bucket.variable} or --bucket, or create the bucket.`,
      );
    }
    const bucketRegion = regionOf(error);
    const region = await s3.config.region();
    if (bucketRegion !== undefined && bucketRegion !== region) {
      return failed(
        `the bucket ${bucket} is in ${bucketRegion}, not in ${region}`,
        `Set ${SETTINGS.bucketRegion.variable} or --bucket-region to ${bucketRegion}, and bucketRegion in cdk.json.`,
      );
    }
    // A policy that is limited to a prefix denies HeadBucket, but it is enough to read the images.
    if (status === 403) return ok(`${bucket} (HeadBucket is denied, but 403 still proves that the bucket exists)`);
    throw error;
  }
};

export const checkPrefix = async (s3: S3Client, location: Location): Promise<CheckResult> => {
  const { bucket, owner, requesterPays, mapping } = location;
  const { prefix } = mapping;
  const folder = `s3://${bucket}/${prefix}`;
  try {
    const { common } = connectBucket({ bucket, bucketOwner: owner, requesterPays, client: s3 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ ...common, Prefix: prefix, MaxKeys: 1 }));
    if (Contents.length > 0) return ok(folder);
    return failed(
      `${folder} has no objects`,
      `Correct ${SETTINGS.prefix.variable} or --prefix, or upload an image there.`,
    );
  } catch (error) {
    if (!isDenied(error)) throw error;
    return denied(`listing ${folder} is denied`, error, explainListBucket(location));
  }
};

/** @param path percent-encoded, as in a URL. */
export const checkSample = async (
  store: ImageStore,
  location: Location,
  path: string | undefined,
): Promise<CheckResult> => {
  if (path === undefined) return skipped('no sample path was given; add --sample <path>');
  try {
    const { key } = location.mapping.keyOf(parseImagePath(path));
    return await checkImage(store, key, location);
  } catch (error) {
    if (!(error instanceof ImageError) || !CODES_WITHOUT_KEY.has(error.code)) throw error;
    return failed(
      `the path has no key. ${error.message}`,
      'Correct the path or the mapping. Run images-api explain with this path to see why each route rejects it.',
    );
  }
};

const CODES_WITHOUT_KEY: ReadonlySet<string> = new Set(['invalid-path', 'unknown-path']);

const checkImage = async (store: ImageStore, key: string, location: Location): Promise<CheckResult> => {
  try {
    const { info, body } = await store.open(key);
    body.destroy();
    return ok(`${key}, ${info.size} bytes, ${info.contentType ?? 'no content type'}`);
  } catch (error) {
    const { code } = error as Partial<ImageError>;
    if (code === 'image-not-found') {
      return failed(
        `the object ${key} does not exist`,
        'Choose the path of an image that exists, or correct the mapping.',
      );
    }
    if (code === 'image-archived') {
      return failed(`the object ${key} is archived`, 'Restore the object, or choose another path.');
    }
    if (readAwsFailure((error as Partial<ImageError>).cause).name === 'InvalidRequest') {
      return failed(
        `S3 rejects the request for ${key} as invalid (InvalidRequest)`,
        'The object is probably encrypted with a key that its uploader supplies (SSE-C). The service cannot send such a key: encrypt the object with SSE-S3 or SSE-KMS.',
      );
    }
    if (!isDenied(error)) throw error;
    return denied(`reading ${key} is denied`, error, explainGetObject(location));
  }
};

/** Region of the bucket. S3 sends it with every response about a bucket, including errors. */
const regionOf = (error: unknown): string | undefined =>
  (error as { $response?: { headers?: Record<string, string> } }).$response?.headers?.['x-amz-bucket-region'];
