import { Buffer, isUtf8 } from 'node:buffer';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageIndex, IndexedImage, IndexPage, ListOptions } from '../domain/listing/ports.ts';
import { abortable } from '../domain/serving/abortable.ts';
import { findRoot, isBelow, toStoreError, validatorsOf } from './image-directory.ts';
import { formatPageToken, parsePageToken } from './page-token.ts';

/**
 * Lists the files below a folder that `createDirectoryImageStore` serves; the key is the path in it. For development:
 * its tokens show keys, and it reads all names of a folder to sort them.
 *
 * It follows symbolic links that stay in the folder, except a link to a folder that contains the link.
 */
export const createDirectoryImageIndex = (folder: string): ImageIndex => {
  /** The walk that ended the last page, so that the next page need not read the same folders again. */
  let paused: PausedWalk | undefined;

  const start = async (keyPrefix: string, token: string | undefined): Promise<PausedWalk> => {
    const after = parsePageToken(token, keyPrefix);
    const root = await findRoot(folder);
    const images = walk({ root, keyPrefix, after }, { path: root, key: '', ancestors: [root] });
    return { keyPrefix, token, images, first: undefined, until: 0 };
  };

  const list = async (keyPrefix: string, { limit, token, signal }: ListOptions): Promise<IndexPage> => {
    const resumed = paused;
    const isNext = resumed?.keyPrefix === keyPrefix && resumed.token === token && Date.now() < resumed.until;
    if (isNext) paused = undefined;
    const { images, first } = isNext ? resumed : await start(keyPrefix, token);
    const page: IndexedImage[] = first ? [first] : [];
    for (;;) {
      if (signal?.aborted === true) throw signal.reason;
      const { done, value } = await images.next();
      if (done === true) return { images: page, next: undefined };
      if (value === undefined) continue;
      const last = page.at(-1);
      if (last !== undefined && page.length >= limit) {
        const next = formatPageToken(last.key);
        paused = { keyPrefix, token: next, images, first: value, until: Date.now() + MAX_PAUSE };
        return { images: page, next };
      }
      page.push(value);
    }
  };

  return {
    list: (keyPrefix, options) => {
      const listing = list(keyPrefix, options).catch((error) => {
        throw toStoreError(error);
      });
      // The signal also ends the wait for a file system that does not answer.
      return abortable(listing, options.signal, () => {});
    },
  };
};

interface PausedWalk {
  readonly keyPrefix: string;
  /** The token that continues the walk. */
  readonly token: string | undefined;
  readonly images: Walk;
  /** An image that the walk has found and no page has returned. */
  readonly first: IndexedImage | undefined;
  /** Milliseconds since 1970. The names that the walk has read may be outdated afterwards. */
  readonly until: number;
}

/** Milliseconds that a walk may be paused. */
const MAX_PAUSE = 5_000;

/** Yields the images in order, and undefined for each other file that it visits, so that its reader can stop it. */
type Walk = AsyncGenerator<IndexedImage | undefined, void>;

interface WalkOptions {
  readonly root: string;
  readonly keyPrefix: string;
  /** UTF-8 bytes of the key after which the walk starts. */
  readonly after: Buffer;
}

interface Folder {
  /** Resolved path. */
  readonly path: string;
  /** Empty, or ends with a slash. */
  readonly key: string;
  /** The resolved paths of this folder and of those through which the walk reached it. */
  readonly ancestors: readonly string[];
}

async function* walk(options: WalkOptions, folder: Folder): Walk {
  for (const { key, path, isFolder } of await readEntries(options, folder)) {
    if (isFolder) {
      yield* walk(options, { path, key, ancestors: [...folder.ancestors, path] });
    } else {
      // The path is resolved. If it has become a link since, it is not followed.
      const stats = await unlessMissing(lstat(path));
      yield stats?.isFile() === true ? { key, ...validatorsOf(stats) } : undefined;
    }
  }
}

interface Entry {
  readonly name: string;
  /** Resolved path. */
  readonly path: string;
  readonly isFolder: boolean;
}

/** The entries of a folder that can have keys of the listing, in the order of these keys. */
const readEntries = async ({ root, keyPrefix, after }: WalkOptions, folder: Folder) => {
  const found = await unlessMissing(readdir(folder.path, { withFileTypes: true, encoding: 'buffer' }));
  const entries: Entry[] = [];
  for (const entry of found ?? []) {
    if (!isUtf8(entry.name)) continue;
    const name = entry.name.toString();
    const path = join(folder.path, name);
    if (entry.isFile() || entry.isDirectory()) entries.push({ name, path, isFolder: entry.isDirectory() });
    else entries.push(...((await unlessMissing(follow(root, folder, name))) ?? []));
  }
  return entries
    .map(({ name, path, isFolder }) => ({ key: folder.key + name + (isFolder ? '/' : ''), path, isFolder }))
    .filter(({ key, isFolder }) => key.startsWith(keyPrefix) || (isFolder && keyPrefix.startsWith(key)))
    .map((entry) => ({ ...entry, bytes: Buffer.from(entry.key) }))
    .filter(({ bytes, isFolder }) => bytes.compare(after) > 0 || (isFolder && startsWith(after, bytes)))
    .sort((one, other) => one.bytes.compare(other.bytes));
};

/** Resolves a symbolic link. Returns nothing if it leads outside, or to a folder that contains it. */
const follow = async (root: string, { path: parent, ancestors }: Folder, name: string): Promise<readonly Entry[]> => {
  const path = await realpath(join(parent, name));
  const isFolder = (await stat(path)).isDirectory();
  return isBelow(root, path) && !ancestors.includes(path) ? [{ name, path, isFolder }] : [];
};

const startsWith = (bytes: Buffer, start: Buffer): boolean => bytes.subarray(0, start.length).equals(start);

/** Resolves with undefined if a file is missing, for example because it was removed during the walk. */
const unlessMissing = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work;
  } catch (error) {
    const failure = toStoreError(error);
    if (failure.code === 'image-not-found') return undefined;
    throw failure;
  }
};
