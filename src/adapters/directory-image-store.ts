import { constants, type Stats } from 'node:fs';
import { type FileHandle, open as openFile, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { ImageError, imageError } from '../domain/errors.ts';
import { mediaTypeOf } from '../domain/mapping/media-type.ts';
import { resolveRange } from '../domain/serving/byte-range.ts';
import type { AbortSignalLike, ImageInfo, ImageStore } from '../domain/serving/ports.ts';

/** Serves the files below a folder; the key is the path in it. Never serves a file outside, even by a symbolic link. */
export const createDirectoryImageStore = (folder: string): ImageStore => {
  /** Opens the file of a key. The caller must close it. */
  const find = async (
    key: string,
    signal: AbortSignalLike | undefined,
  ): Promise<{ file: FileHandle; info: ImageInfo }> => {
    let file: FileHandle | undefined;
    try {
      const root = await findRoot(folder);
      // Joins as text, because path.resolve would drop the trailing slash of `a.jpg/` and find `a.jpg`.
      const path = await realpath(root + sep + key);
      if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) throw notFound();
      // Without O_NONBLOCK, opening a named pipe would wait for a writer.
      file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await file.stat();
      if (!stats.isFile()) throw notFound();
      if (signal?.aborted === true) throw signal.reason;
      return { file, info: describe(key, stats) };
    } catch (error) {
      await file?.close();
      throw signal?.aborted === true ? signal.reason : toStoreError(error);
    }
  };

  return {
    describe: async (key, { signal } = {}) => {
      const { file, info } = await find(key, signal);
      await file.close();
      return info;
    },
    open: async (key, { range, etag, signal } = {}) => {
      const { file, info } = await find(key, signal);
      try {
        if (etag !== undefined && etag !== info.etag) throw imageError('precondition-failed');
        const part = range && resolveRange(range, info.size);
        if (info.size === 0) {
          await file.close();
          return { info, range: part, body: Readable.from([]) };
        }
        // If the file grows while it is read, stop at the announced size.
        const { first, last } = part ?? { first: 0, last: info.size - 1 };
        return { info, range: part, body: file.createReadStream({ start: first, end: last }) };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
};

/** Resolves the folder. A missing folder is a `store-misconfigured` error, not a missing image. */
const findRoot = async (folder: string): Promise<string> => {
  try {
    return await realpath(resolve(folder) + sep);
  } catch (error) {
    throw imageError('store-misconfigured', { cause: error });
  }
};

const describe = (key: string, stats: Stats): ImageInfo => ({
  size: stats.size,
  etag: `"${stats.size.toString(16)}-${Math.round(stats.mtimeMs * 1000).toString(16)}"`,
  lastModified: stats.mtimeMs,
  contentType: mediaTypeOf(key),
  contentEncoding: undefined,
  cacheControl: undefined,
});

const notFound = (cause?: unknown): ImageError => imageError('image-not-found', { cause });

/** Error codes for a missing file, and for keys that cannot be the name of a file. */
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

const toStoreError = (error: unknown): ImageError => {
  if (error instanceof ImageError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (NOT_FOUND.has(code)) return notFound(error);
  return imageError(FORBIDDEN.has(code) ? 'store-forbidden' : 'store-unavailable', { cause: error });
};
