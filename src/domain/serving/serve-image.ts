import { ImageError, imageError, toImageError } from '../errors.ts';
import { parseImagePath } from '../mapping/image-path.ts';
import type { PathMapping } from '../mapping/path-mapping.ts';
import { abortable } from './abortable.ts';
import { parseRange } from './byte-range.ts';
import { type ConditionFields, evaluate, isConditional, isStrong, permitsRange } from './conditions.ts';
import type { AbortSignalLike, Clock, ImageBody, ImageLocation, ImageLocator, ImageStore, OpenImage } from './ports.ts';
import { isSvg, type Representation, represent } from './representation.ts';

export interface ImageRequest {
  readonly method: 'GET' | 'HEAD';
  /** Encoded path as in the URL; empty if the request has none. */
  readonly path: string;
  readonly conditions: ConditionFields;
  /** Raw value of the Range field. */
  readonly range: string | undefined;
  /** Cancels the request, which then fails with the signal's reason. The body depends on the signal until its end. */
  readonly signal?: AbortSignalLike | undefined;
  /** Whether the client can read the image from another origin. Default: false. */
  readonly mayRedirect?: boolean;
  /** Called each time the body is resumed after an interruption. */
  readonly onResume?: (() => void) | undefined;
}

export type ImageOutcome =
  | {
      readonly kind: 'image';
      readonly image: Representation;
      /** The requested part; undefined if the response is the whole image. */
      readonly range: OpenImage['range'];
      /** Undefined for HEAD. */
      readonly body: ImageBody | undefined;
    }
  /** The client can read the image from this location. */
  | { readonly kind: 'redirect'; readonly image: Representation; readonly location: ImageLocation }
  | { readonly kind: 'not-modified'; readonly image: Representation }
  | { readonly kind: 'failed'; readonly error: ImageError };

/** Result of a request. Serving never rejects, because a failure is also a result. */
export type ImageResponse = ImageOutcome & {
  readonly key: string | undefined;
  readonly route: string | undefined;
  /**
   * Milliseconds of each phase: `map` until the key is known, `store` from then until the store has answered. Without
   * `store` if the store was not asked.
   */
  readonly phases: { readonly map: number; readonly store?: number };
};

/** The driving port. Every front door calls it. */
export type ServeImage = (request: ImageRequest) => Promise<ImageResponse>;

export interface ServeImageDependencies {
  readonly mapping: PathMapping;
  readonly store: ImageStore;
  readonly clock: Clock;
  /** Cache-Control of images for which the store has none. */
  readonly cacheControl: string;
  /** Undefined if the service sends every image itself. */
  readonly redirect?: RedirectPolicy | undefined;
}

/** Which images are redirected, and where to. */
export interface RedirectPolicy {
  /** Bytes. Only images that are larger are redirected. */
  readonly above: number;
  readonly locator: ImageLocator;
}

export const createServeImage =
  (dependencies: ServeImageDependencies): ServeImage =>
  async (request) => {
    const { mapping, clock } = dependencies;
    const started = clock();
    let mapped: number | undefined;
    let key: string | undefined;
    let route: string | undefined;
    const respond = (outcome: ImageOutcome): ImageResponse => ({
      ...outcome,
      key,
      route,
      phases: mapped === undefined ? { map: clock() - started } : { map: mapped - started, store: clock() - mapped },
    });
    try {
      if (request.path === '') throw imageError('path-missing');
      ({ key, route } = mapping.keyOf(parseImagePath(request.path)));
      mapped = clock();
      return respond(await abortable(readImage(key, request, dependencies), request.signal, release));
    } catch (error) {
      return respond({ kind: 'failed', error: toImageError(error) });
    }
  };

/** Destroys the body of an image that arrives after the deadline. */
// Stryker disable next-line ConditionalExpression: equivalent, the other outcomes have no body
const release = (late: ImageOutcome): unknown => late.kind === 'image' && late.body?.destroy();

const readImage = async (
  key: string,
  request: ImageRequest,
  { store, cacheControl, redirect }: ServeImageDependencies,
): Promise<ImageOutcome> => {
  const { method, conditions, range, mayRedirect, signal, onResume } = request;
  /** Sends the image, or redirects to its location. GetObject has already returned the bytes, so small images cost no additional request. */
  const deliver = async ({ info, range, body }: OpenImage): Promise<ImageOutcome> => {
    const image = represent(info, key, cacheControl);
    const { contentType } = image;
    // An SVG keeps the Content-Security-Policy that only the service sends.
    if (redirect === undefined || mayRedirect !== true || info.size <= redirect.above || isSvg(contentType)) {
      return { kind: 'image', image, range, body };
    }
    body.destroy();
    return {
      kind: 'redirect',
      image,
      location: await redirect.locator.locate(key, { contentType, attachment: false, signal }),
    };
  };
  // Stryker disable next-line StringLiteral: equivalent, neither text is a range
  const requested = parseRange(range ?? '');
  const needsInfo = isConditional(conditions) || (requested !== undefined && conditions.ifRange !== undefined);
  if (method === 'GET' && !needsInfo) {
    return deliver(await store.open(key, { range: requested, signal, onResume }));
  }
  for (let attempt = 1; ; attempt++) {
    const info = await store.describe(key, { signal });
    const image = represent(info, key, cacheControl);
    const verdict = evaluate(conditions, image);
    if (verdict === 'precondition-failed') throw imageError('precondition-failed');
    if (verdict === 'not-modified') return { kind: 'not-modified', image };
    // RFC 9110, section 14.2, defines ranges for GET only.
    if (method === 'HEAD') return { kind: 'image', image, range: undefined, body: undefined };
    let opened: OpenImage;
    try {
      opened = await store.open(key, {
        range: permitsRange(conditions, image) ? requested : undefined,
        etag: isStrong(image.etag) ? image.etag : undefined,
        signal,
        onResume,
      });
    } catch (error) {
      const isReplaced = error instanceof ImageError && error.code === 'precondition-failed';
      if (!isReplaced) throw error;
      // The image was replaced after it was described, so the verdict is about another version.
      if (attempt < MAX_ATTEMPTS) continue;
      throw new ImageError('store-unavailable', 'The image was replaced during each of three attempts to read it.', {
        cause: error,
      });
    }
    return deliver(opened);
  }
};

const MAX_ATTEMPTS = 3;
