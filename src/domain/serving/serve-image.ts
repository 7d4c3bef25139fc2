import { ImageError, toImageError } from '../errors.ts';
import { parseImagePath } from '../mapping/image-path.ts';
import type { PathMapping } from '../mapping/path-mapping.ts';
import { parseRange } from './byte-range.ts';
import { type ConditionFields, evaluate, isConditional, isStrong, permitsRange } from './conditions.ts';
import { within } from './deadline.ts';
import type { Alarm, Clock, ImageBody, ImageStore, OpenImage } from './ports.ts';
import { type Representation, represent } from './representation.ts';

export interface ImageRequest {
  readonly method: 'GET' | 'HEAD';
  /** As it stands in the URL; empty where the request has none. */
  readonly path: string;
  readonly conditions: ConditionFields;
  /** The Range field, as it came. */
  readonly range: string | undefined;
  /** Milliseconds that the store has to answer, however often it is asked. */
  readonly timeout: number;
}

/** What became of a request. That something failed is an answer as well: serving never rejects. */
export interface ImageResponse {
  readonly key: string | undefined;
  readonly route: string | undefined;
  /** Milliseconds until the key was known, and until the store had answered. */
  readonly phases: { readonly map: number; readonly store: number };
  readonly outcome: Outcome;
}

export type Outcome =
  | {
      readonly kind: 'image';
      readonly image: Representation;
      /** Present when a part of the image was asked for, and is sent. */
      readonly range: OpenImage['range'];
      /** Absent from the answer to HEAD. */
      readonly body: ImageBody | undefined;
    }
  | { readonly kind: 'not-modified'; readonly image: Representation }
  | { readonly kind: 'failed'; readonly error: ImageError };

/** The driving port: what every front door calls. */
export type ServeImage = (request: ImageRequest) => Promise<ImageResponse>;

export interface ServeImageDependencies {
  readonly mapping: PathMapping;
  readonly store: ImageStore;
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** For images whose store has no Cache-Control for them. */
  readonly cacheControl: string;
}

export const createServeImage =
  ({ mapping, store, clock, alarm, cacheControl }: ServeImageDependencies): ServeImage =>
  async (request) => {
    const started = clock();
    let mapped = started;
    let key: string | undefined;
    let route: string | undefined;
    const respond = (outcome: Outcome): ImageResponse => ({
      key,
      route,
      phases: { map: mapped - started, store: clock() - mapped },
      outcome,
    });
    try {
      if (request.path === '') throw new ImageError('path-missing', 'No path is provided!');
      ({ key, route } = mapping.keyOf(parseImagePath(request.path)));
      mapped = clock();
      const reading = readImage(store, key, request, cacheControl);
      return respond(await within(request.timeout, alarm, reading, discard));
    } catch (error) {
      return respond({ kind: 'failed', error: toImageError(error) });
    }
  };

const readImage = async (
  store: ImageStore,
  key: string,
  { method, conditions, range }: ImageRequest,
  cacheControl: string,
): Promise<Outcome> => {
  const requested = range === undefined ? undefined : parseRange(range);
  const decides = isConditional(conditions) || (requested !== undefined && conditions.ifRange !== undefined);
  if (method === 'GET' && !decides) {
    const { info, range: sent, body } = await store.open(key, { range: requested });
    return { kind: 'image', image: represent(info, key, cacheControl), range: sent, body };
  }
  for (let attempt = 1; ; attempt++) {
    const info = await store.describe(key);
    const image = represent(info, key, cacheControl);
    const verdict = evaluate(conditions, image);
    if (verdict === 'precondition-failed') {
      throw new ImageError('precondition-failed', 'The image is not in the version that the request asks for.');
    }
    if (verdict === 'not-modified') return { kind: 'not-modified', image };
    // Of the methods that are served, RFC 9110, section 14.2, defines ranges for GET alone.
    if (method === 'HEAD') return { kind: 'image', image, range: undefined, body: undefined };
    try {
      const options = {
        range: permitsRange(conditions, image) ? requested : undefined,
        etag: isStrong(image.etag) ? image.etag : undefined,
      };
      const { info: opened, range: sent, body } = await store.open(key, options);
      return { kind: 'image', image: represent(opened, key, cacheControl), range: sent, body };
    } catch (error) {
      const replaced = error instanceof ImageError && error.code === 'precondition-failed';
      if (!replaced) throw error;
      // Replaced since it was described: what was decided was about another version.
      if (attempt === MAX_DECISIONS) {
        throw new ImageError('store-unavailable', 'The image changes faster than it can be read.', { cause: error });
      }
    }
  }
};

const MAX_DECISIONS = 3;

const discard = (late: Outcome): unknown => late.kind === 'image' && late.body?.destroy();
