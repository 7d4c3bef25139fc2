import { constants } from 'node:fs';
import { type FileHandle, open as openFile, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { Readable } from 'node:stream';
import { imageError } from '../domain/errors.ts';
import { mediaTypeOf } from '../domain/mapping/media-type.ts';
import { resolveRange } from '../domain/serving/byte-range.ts';
import type { AbortSignalLike, ImageInfo, ImageStore } from '../domain/serving/ports.ts';
import { findRoot, isBelow, notFound, toStoreError, validatorsOf } from './image-directory.ts';

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
      if (!isBelow(root, path)) throw notFound();
      // Without O_NONBLOCK, opening a named pipe would wait for a writer.
      file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await file.stat();
      if (!stats.isFile()) throw notFound();
      if (signal?.aborted === true) throw signal.reason;
      const info = {
        ...validatorsOf(stats),
        contentType: mediaTypeOf(key),
        contentEncoding: undefined,
        cacheControl: undefined,
      };
      return { file, info };
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
