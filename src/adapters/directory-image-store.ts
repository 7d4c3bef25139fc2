import { constants, type Stats } from 'node:fs';
import { type FileHandle, open as openFile, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { ImageError } from '../domain/errors.ts';
import { mediaTypeOf } from '../domain/mapping/media-type.ts';
import { resolveRange } from '../domain/serving/byte-range.ts';
import type { ImageInfo, ImageStore } from '../domain/serving/ports.ts';

/** The files below a folder, by their path in it. Never a file outside it, wherever a key or a symbolic link points. */
export const createDirectoryImageStore = (folder: string): ImageStore => {
  /** The caller closes the file. */
  const find = async (key: string): Promise<{ file: FileHandle; info: ImageInfo }> => {
    let file: FileHandle | undefined;
    try {
      const root = await findRoot(folder);
      // Joined as text: what normalises paths would take `a.jpg/` for `a.jpg`.
      const path = await realpath(root + sep + key);
      if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) throw notFound();
      // Without O_NONBLOCK, opening a named pipe would wait for its writer.
      file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await file.stat();
      if (!stats.isFile()) throw notFound();
      return { file, info: describe(key, stats) };
    } catch (error) {
      await file?.close();
      throw translate(error);
    }
  };

  return {
    describe: async (key) => {
      const { file, info } = await find(key);
      await file.close();
      return info;
    },
    open: async (key, { range, etag } = {}) => {
      const { file, info } = await find(key);
      try {
        if (etag !== undefined && etag !== info.etag) {
          throw new ImageError('precondition-failed', 'The image is not in the version that was asked for.');
        }
        const part = range && resolveRange(range, info.size);
        if (info.size === 0) {
          await file.close();
          return { info, range: part, body: Readable.from([]) };
        }
        // What grows while it is read ends where it ended when it was described.
        const { first, last } = part ?? { first: 0, last: info.size - 1 };
        return { info, range: part, body: file.createReadStream({ start: first, end: last }) };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
};

/** A missing folder is not a missing image. */
const findRoot = async (folder: string): Promise<string> => {
  try {
    return await realpath(resolve(folder) + sep);
  } catch (error) {
    throw new ImageError('store-misconfigured', MISPLACED, { cause: error });
  }
};

const MISPLACED = 'The service looks for its images in a place that does not answer for them.';

const describe = (key: string, stats: Stats): ImageInfo => ({
  size: stats.size,
  etag: `"${stats.size.toString(16)}-${Math.round(stats.mtimeMs * 1000).toString(16)}"`,
  lastModified: stats.mtimeMs,
  contentType: mediaTypeOf(key),
  contentEncoding: undefined,
  cacheControl: undefined,
});

const notFound = (cause?: unknown): ImageError =>
  new ImageError('image-not-found', 'There is no image at this path.', { cause });

/** A key that no file system can name is the key of no file. */
const NOT_FOUND: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EINVAL',
  'ENXIO',
  'ERR_INVALID_ARG_VALUE',
]);
const FORBIDDEN: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);

const translate = (error: unknown): ImageError => {
  if (error instanceof ImageError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (NOT_FOUND.has(code)) return notFound(error);
  if (FORBIDDEN.has(code)) {
    return new ImageError('store-forbidden', 'The service may not read this image.', { cause: error });
  }
  return new ImageError('store-unavailable', 'The image could not be read.', { cause: error });
};
