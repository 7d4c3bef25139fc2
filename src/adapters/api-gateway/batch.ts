import { Buffer, isUtf8 } from 'node:buffer';
import { ImageError, quote } from '../../domain/errors.ts';
import type { LocatedImage, LocateRequest } from '../../domain/serving/locate-images.ts';
import { EdgeError, formatError } from './problem.ts';
import type { RequestBody } from './request.ts';
import { formatTime } from './time.ts';

/**
 * Reads the body of a batch: `{"paths": ["…"], "describe": true}`.
 *
 * @throws EdgeError `request-too-large` or `too-many-paths`.
 * @throws ImageError `invalid-request` for any other body that is not a batch.
 */
export const readBatch = (body: RequestBody): Pick<LocateRequest, 'paths' | 'describe'> => {
  const { paths, describe = true, ...unknown } = readObject(body);
  const [field] = Object.keys(unknown);
  if (field !== undefined) throw invalid(`The field ${quote(field)} is unknown. A batch has paths and describe.`);
  if (typeof describe !== 'boolean') throw invalid('The field describe must be true or false.');
  if (!Array.isArray(paths) || paths.length === 0) {
    throw invalid(`The field paths must be a list of 1 to ${MAX_PATHS} paths. ${EXAMPLE}`);
  }
  if (paths.length > MAX_PATHS) {
    throw new EdgeError('too-many-paths', `The batch has ${paths.length} paths, but at most ${MAX_PATHS} are allowed.`);
  }
  const wrong = paths.findIndex((path) => typeof path !== 'string');
  if (wrong !== -1) throw invalid(`Path number ${wrong + 1} of the batch is not a string.`);
  return { paths, describe };
};

const MAX_PATHS = 1_000;

/** Bytes. Lambda accepts 6 MB, and API Gateway encodes the body in base64. */
const MAX_BODY = 4_000_000;

const EXAMPLE = 'Send {"paths": ["…"]}.';

const readObject = ({ text, isBase64 }: RequestBody): Record<string, unknown> => {
  const bytes = Buffer.from(text, isBase64 ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY) {
    throw new EdgeError(
      'request-too-large',
      `The request body has ${bytes.length} bytes, but at most ${MAX_BODY} are allowed. Send fewer paths in each batch.`,
    );
  }
  if (bytes.length === 0) throw invalid(`The request has no body. ${EXAMPLE}`);
  if (!isUtf8(bytes)) throw invalid('The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw invalid(`The body is not JSON. ${EXAMPLE}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`The body is not a JSON object. ${EXAMPLE}`);
  }
  return value as Record<string, unknown>;
};

const invalid = (message: string): ImageError => new ImageError('invalid-request', message);

export interface BatchOptions {
  readonly requestId: string;
  /** Called for each image before its line is sent. */
  readonly onImage: (image: LocatedImage) => void;
}

/** The lines of the answer: one per path in the order of the batch, and a last one with their number. */
export async function* formatBatch(
  images: AsyncIterable<LocatedImage>,
  { requestId, onImage }: BatchOptions,
): AsyncGenerator<string, void, undefined> {
  let count = 0;
  for await (const image of images) {
    count++;
    onImage(image);
    yield `${'error' in image ? formatFailure(image, requestId) : formatLocation(image)}\n`;
  }
  yield `${JSON.stringify({ count })}\n`;
}

const formatLocation = ({ path, location, image }: Exclude<LocatedImage, { error: ImageError }>): string =>
  JSON.stringify({ path, url: location.url, expires: formatTime(location.expires), ...image });

const formatFailure = ({ path, error }: Extract<LocatedImage, { error: ImageError }>, requestId: string): string =>
  `{"path":${JSON.stringify(path)},"problem":${formatError(error, requestId)}}`;
