/** Functions that the store and the index of a folder share. */
import type { Stats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { ImageError, imageError } from '../domain/errors.ts';
import type { ImageInfo } from '../domain/serving/ports.ts';

/** Resolves the folder. A missing folder is a `store-misconfigured` error, not a missing image. */
export const findRoot = async (folder: string): Promise<string> => {
  try {
    return await realpath(resolve(folder) + sep);
  } catch (error) {
    throw imageError('store-misconfigured', { cause: error });
  }
};

/** Whether a resolved path lies in the root, and is not the root itself. */
export const isBelow = (root: string, path: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep);

/** The version of a file. */
export const validatorsOf = ({ size, mtimeMs }: Stats): Pick<ImageInfo, 'size' | 'etag' | 'lastModified'> => ({
  size,
  etag: `"${size.toString(16)}-${Math.round(mtimeMs * 1000).toString(16)}"`,
  lastModified: mtimeMs,
});

export const notFound = (cause?: unknown): ImageError => imageError('image-not-found', { cause });

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

export const toStoreError = (error: unknown): ImageError => {
  if (error instanceof ImageError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (NOT_FOUND.has(code)) return notFound(error);
  return imageError(FORBIDDEN.has(code) ? 'store-forbidden' : 'store-unavailable', { cause: error });
};
