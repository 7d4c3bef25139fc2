import type { PathMapping } from '../../domain/index.ts';
import { createListImages, type ListedImage } from '../../domain/listing/list-images.ts';
import type { ImageIndex } from '../../domain/listing/ports.ts';
import { SETTINGS } from '../../settings/settings.ts';
import type { ImageSource } from './clients.ts';
import { explainListBucket } from './permissions.ts';
import { type CheckResult, denied, failed, isDenied, ok, skipped } from './result.ts';

type Location = Pick<ImageSource, 'bucket' | 'owner'> & {
  readonly mapping: PathMapping;
  /** Whether the service lists its images. */
  readonly listing: boolean;
};

/** Lists one page of one image, as the service does. */
export const checkListing = async (index: ImageIndex, location: Location): Promise<CheckResult> => {
  const { listing, bucket, mapping } = location;
  if (!listing) return skipped(`${SETTINGS.listing.variable} is off, so the service lists no images`);
  const folder = `s3://${bucket}/${mapping.prefix}`;
  try {
    const { image, isEnd, skipped: keys } = await listFirstImage(mapping, index);
    if (image !== undefined) return ok(`the first image is ${image.path}, ${image.size} bytes`);
    if (!isEnd) return ok(`the first ${keys} keys have no path, so the first page of the listing is empty`);
    return failed(
      `the listing is empty, because no key under ${folder} has a path`,
      'Correct the mapping. A listing skips the images of routes whose keys leave out parts of the path.',
    );
  } catch (error) {
    if (!isDenied(error)) throw error;
    return denied(`the listing of ${folder} is denied`, error, explainListBucket(location));
  }
};

interface FirstPage {
  /** Undefined if the page is empty. */
  readonly image: ListedImage | undefined;
  /** Whether the listing ends with this page. */
  readonly isEnd: boolean;
  /** Number of keys without a path. */
  readonly skipped: number;
}

/** Rejects with an ImageError of the image index. */
export const listFirstImage = async (mapping: PathMapping, index: ImageIndex): Promise<FirstPage> => {
  let page: FirstPage = { image: undefined, isEnd: true, skipped: 0 };
  for await (const { images, next, skipped: keys } of createListImages({ mapping, index })({ prefix: '', limit: 1 })) {
    page = { image: images[0], isEnd: next === null, skipped: keys };
  }
  return page;
};
