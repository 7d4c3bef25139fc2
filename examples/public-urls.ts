/**
 * Example of another Lambda function that uses the mapping of the service. S3 notifies it of new objects in the bucket. For
 * each object, it prints one line of JSON with the URLs under which the service serves it.
 */
import { createPathMapping, formatImagePath } from 'images-api/domain';

/** The part of an S3 event notification that the function uses. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
interface S3Event {
  readonly Records: readonly { readonly s3: { readonly object: { readonly key: string } } }[];
}

interface PublicImage {
  readonly key: string;
  /** Empty if the service does not serve the object. */
  readonly urls: readonly string[];
}

const { IMAGES_URL = 'https://images.example.com/prod', IMAGES_PREFIX = '', IMAGES_MAPPING } = process.env;

const mapping = createPathMapping({ ...(IMAGES_MAPPING ? JSON.parse(IMAGES_MAPPING) : {}), prefix: IMAGES_PREFIX });

export const handler = async ({ Records }: S3Event): Promise<void> => {
  for (const { s3 } of Records) process.stdout.write(`${JSON.stringify(toPublicImage(s3.object.key))}\n`);
};

/** @param encodedKey the key as S3 sends it in notifications: spaces as `+`, other special characters percent-encoded. */
const toPublicImage = (encodedKey: string): PublicImage => {
  const key = decodeURIComponent(encodedKey.replaceAll('+', ' '));
  return { key, urls: mapping.pathsOf(key).map((path) => `${IMAGES_URL}/${formatImagePath(path)}`) };
};
