/**
 * Another Lambda of the company: it is told by S3 which objects were put into the bucket, and prints under which URLs they
 * are served, one line of JSON each. It has the mapping of the service, and nothing else of it.
 */
import { createPathMapping, formatImagePath } from 'images-api/domain';

/** The part of an S3 event notification that is used: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
interface S3Event {
  readonly Records: readonly { readonly s3: { readonly object: { readonly key: string } } }[];
}

interface PublicImage {
  readonly key: string;
  /** Empty for an object that the service does not serve. */
  readonly urls: readonly string[];
}

const { IMAGES_URL = 'https://images.example.com/prod', IMAGES_PREFIX = '', IMAGES_MAPPING } = process.env;

const mapping = createPathMapping({ ...(IMAGES_MAPPING ? JSON.parse(IMAGES_MAPPING) : {}), prefix: IMAGES_PREFIX });

export const handler = async ({ Records }: S3Event): Promise<void> => {
  for (const { s3 } of Records) process.stdout.write(`${JSON.stringify(toPublicImage(s3.object.key))}\n`);
};

/** In a notification a key is written as in a form: a space as `+`, everything else percent-encoded. */
const toPublicImage = (writtenKey: string): PublicImage => {
  const key = decodeURIComponent(writtenKey.replaceAll('+', ' '));
  return { key, urls: mapping.pathsOf(key).map((path) => `${IMAGES_URL}/${formatImagePath(path)}`) };
};
