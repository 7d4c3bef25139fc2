import { type ImageError, toImageError } from '../errors.ts';
import { parseImagePath } from '../mapping/image-path.ts';
import type { PathMapping } from '../mapping/path-mapping.ts';
import type { AbortSignalLike, ImageInfo, ImageLocation, ImageLocator, ImageStore } from './ports.ts';
import { contentTypeOf, isSvg, type Representation, represent } from './representation.ts';

export interface LocateRequest {
  /** Encoded paths as in URLs. */
  readonly paths: readonly string[];
  /** Whether to ask the store for each image. Without it, a missing image has a location as well. */
  readonly describe: boolean;
  /** Cancels the request: the images that are not located yet fail with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The location of an image, or the reason why it has none. */
export type LocatedImage = LocatedPath | { readonly path: string; readonly error: ImageError };

interface LocatedPath {
  /** The path as it is in the request. */
  readonly path: string;
  readonly location: ImageLocation;
  /** Undefined if the request does not describe images. */
  readonly image: Pick<Representation, 'size' | 'etag' | 'contentType'> | undefined;
}

/** Locates images in the order of their paths. The iteration never rejects, because a failure is also a result. */
export type LocateImages = (request: LocateRequest) => AsyncGenerator<LocatedImage, void, undefined>;

export interface LocateImagesDependencies {
  readonly mapping: PathMapping;
  readonly store: Pick<ImageStore, 'describe'>;
  readonly locator: ImageLocator;
}

/** Most images that are located at the same time. Each has at most one request to the store in flight. */
const CONCURRENCY = 50;

const describeImage = (info: ImageInfo, key: string): LocatedPath['image'] => {
  // The default Cache-Control is not used.
  const { size, etag, contentType } = represent(info, key, '');
  return { size, etag, contentType };
};

export const createLocateImages = ({ mapping, store, locator }: LocateImagesDependencies): LocateImages => {
  const locate = async (path: string, { describe, signal }: LocateRequest): Promise<LocatedPath> => {
    const { key } = mapping.keyOf(parseImagePath(path));
    // A call that its signal cancels at once takes a millisecond, and many paths may be left.
    if (signal?.aborted === true) throw signal.reason;
    const image = describe ? describeImage(await store.describe(key, { signal }), key) : undefined;
    const contentType = image?.contentType ?? contentTypeOf(key);
    const location = await locator.locate(key, { contentType, attachment: isSvg(contentType), signal });
    return { path, location, image };
  };

  return async function* (request) {
    const { paths } = request;
    const waiting: Promise<LocatedImage>[] = [];
    let started = 0;
    const start = () => {
      const path = paths[started++];
      if (path === undefined) return;
      waiting.push(locate(path, request).catch((error) => ({ path, error: toImageError(error) })));
    };
    for (let index = 0; index < CONCURRENCY; index++) start();
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      yield await next;
      start();
    }
  };
};
