import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDirectoryImageStore } from '../../src/adapters/directory-image-store.ts';
import { quote } from '../../src/domain/errors.ts';
import { type FilledStore, imageStoreChecks } from '../../src/testing/index.ts';
import { makeBytes, readBytes } from '../support/image-bytes.ts';

const makeFolder = async (): Promise<string> => mkdtemp(join(await realpath(tmpdir()), 'images-'));

const createStore = async (): Promise<FilledStore> => {
  const folder = await makeFolder();
  return {
    store: createDirectoryImageStore(folder),
    put: async (key, bytes) => {
      await mkdir(dirname(join(folder, key)), { recursive: true });
      await writeFile(join(folder, key), bytes);
    },
    end: () => rm(folder, { recursive: true }),
  };
};

describe('createDirectoryImageStore', () => {
  for (const { name, run } of imageStoreChecks()) it(name, () => run(createStore));
});

describe('the directory image store', () => {
  // The folder images/ is served. outside.jpeg and images-of-others/ lie next to it.
  let parent: string;
  let folder: string;
  beforeAll(async () => {
    parent = await makeFolder();
    folder = join(parent, 'images');
    await mkdir(join(folder, 'inner'), { recursive: true });
    await mkdir(join(parent, 'images-of-others'));
    await writeFile(join(parent, 'outside.jpeg'), 'outside');
    await writeFile(join(parent, 'images-of-others', 'outside.jpeg'), 'outside');
    await writeFile(join(folder, 'image.jpeg'), 'inside');
    await writeFile(join(folder, 'inner', 'image.jpeg'), 'inside');
    await symlink('../outside.jpeg', join(folder, 'link-to-file-outside.jpeg'));
    await symlink(parent, join(folder, 'link-to-folder-outside'));
    await symlink('../images-of-others', join(folder, 'link-to-neighbour'));
    await symlink('nowhere.jpeg', join(folder, 'link-to-nothing.jpeg'));
    await symlink('link-to-itself.jpeg', join(folder, 'link-to-itself.jpeg'));
    await symlink('inner', join(folder, 'link-to-folder'));
    await symlink('inner/image.jpeg', join(folder, 'link-to-file.jpeg'));
    execFileSync('mkfifo', [join(folder, 'pipe.jpeg')]);
  });
  afterAll(() => rm(parent, { recursive: true }));

  const read = async (key: string, root = folder): Promise<string> => {
    const { body } = await createDirectoryImageStore(root).open(key);
    return (await readBytes(body)).toString();
  };

  const KEYS_WITHOUT_IMAGE = [
    '../outside.jpeg',
    '../images-of-others/outside.jpeg',
    'inner/../../outside.jpeg',
    '/etc/hostname',
    'link-to-file-outside.jpeg',
    'link-to-folder-outside/outside.jpeg',
    'link-to-folder-outside/images/image.jpeg/../../outside.jpeg',
    'link-to-neighbour/outside.jpeg',
    'link-to-nothing.jpeg',
    'link-to-itself.jpeg',
    'link-to-folder',
    'inner',
    'inner/',
    'pipe.jpeg',
    '',
    '.',
    '..',
    '/',
    'nul\0.jpeg',
    'image.jpeg\0',
    'long'.repeat(100),
    'deep/'.repeat(1000),
  ];
  it.each(KEYS_WITHOUT_IMAGE.map((key) => ({ key, quoted: quote(key) })))(
    'rejects the key $quoted with image-not-found',
    async ({ key }) => {
      const store = createDirectoryImageStore(folder);
      await expect(store.open(key)).rejects.toMatchObject({ code: 'image-not-found' });
      await expect(store.describe(key)).rejects.toMatchObject({ code: 'image-not-found' });
    },
  );

  it.each(['link-to-file.jpeg', 'link-to-folder/image.jpeg'])(
    'follows the symbolic link %s, which stays inside the folder',
    async (key) => {
      expect(await read(key)).toBe('inside');
    },
  );

  it('serves a folder behind a symbolic link and the root of the file system', async () => {
    expect(await read('image.jpeg', join(folder, 'link-to-folder-outside', 'images'))).toBe('inside');
    expect(await read(join(folder, 'image.jpeg').slice(1), '/')).toBe('inside');
  });

  it.each(['nowhere', 'image.jpeg'])(
    'rejects with store-misconfigured if the folder is %s, which is not a directory',
    async (name) => {
      const store = createDirectoryImageStore(join(folder, name));
      await expect(store.open('image.jpeg')).rejects.toMatchObject({ code: 'store-misconfigured' });
      await expect(store.describe('image.jpeg')).rejects.toMatchObject({ code: 'store-misconfigured' });
    },
  );

  it('rejects with store-forbidden if the process may not read the file', async () => {
    const path = join(folder, 'private.jpeg');
    await writeFile(path, 'private');
    await chmod(path, 0);
    await chmod(parent, 0o755);
    dropRootPrivileges();
    await expect(read('private.jpeg')).rejects.toMatchObject({ code: 'store-forbidden' });
    expect(await read('image.jpeg')).toBe('inside');
  });

  it('rejects with store-unavailable if the process cannot open more files', async () => {
    const script = `
      import { createDirectoryImageStore } from ${JSON.stringify(import.meta.resolve('../../src/adapters/directory-image-store.ts'))};
      import { openSync } from 'node:fs';
      const store = createDirectoryImageStore(process.argv[1]);
      try { for (;;) openSync(process.argv[1]); } catch {}
      store.open('image.jpeg').catch((error) => console.log(error.code, error.cause.code));`;
    const printed = execFileSync(
      'sh',
      ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1" "$2"', process.execPath, script, folder],
      { encoding: 'utf8' },
    );
    expect(printed.trim()).toBe('store-unavailable EMFILE');
  });

  it('returns another ETag if the size or time of the file changes, and the same ETag otherwise', async () => {
    const store = createDirectoryImageStore(folder);
    const path = join(folder, 'changing.jpeg');
    const write = async (text: string, time: number) => {
      await writeFile(path, text);
      await utimes(path, time, time);
      return (await store.describe('changing.jpeg')).etag;
    };
    const first = await write('one', 1000);
    expect(await write('one', 1000)).toBe(first);
    expect(await write('two', 1000.001)).not.toBe(first);
    expect(await write('three', 1000)).not.toBe(first);
    expect(await write('one', 1000)).toBe(first);
  });

  it('derives the type from the extension and returns no Cache-Control', async () => {
    await writeFile(join(folder, 'drawing.SVG'), '<svg/>');
    await writeFile(join(folder, 'notes.txt'), 'notes');
    const store = createDirectoryImageStore(folder);
    expect(await store.describe('drawing.SVG')).toMatchObject({
      contentType: 'image/svg+xml',
      cacheControl: undefined,
    });
    expect(await store.describe('notes.txt')).toMatchObject({ contentType: undefined, cacheControl: undefined });
  });

  it('stops at the announced size if the file grows while it is read', async () => {
    const path = join(folder, 'growing.jpeg');
    await writeFile(path, makeBytes(1000));
    const { info, body } = await createDirectoryImageStore(folder).open('growing.jpeg');
    await truncate(path, 2000);
    expect(info.size).toBe(1000);
    expect((await readBytes(body)).equals(makeBytes(1000))).toBe(true);
  });

  it.runIf(process.platform === 'linux')('closes every file', async () => {
    const store = createDirectoryImageStore(folder);
    await writeFile(join(folder, 'empty.jpeg'), '');
    await writeFile(join(folder, 'large.jpeg'), makeBytes(300_000));
    const before = await openFiles(folder);
    await store.describe('image.jpeg');
    await store.open('empty.jpeg');
    expect(await openFiles(folder)).toEqual(before);
    await readBytes((await store.open('large.jpeg')).body);
    (await store.open('large.jpeg')).body.destroy();
    await expect(store.open('image.jpeg', { etag: '"another"' })).rejects.toThrow();
    await expect(store.open('image.jpeg', { range: { first: 500 } })).rejects.toThrow();
    await expect(store.open('inner')).rejects.toThrow();
    await expect(store.open('pipe.jpeg')).rejects.toThrow();
    await expect.poll(() => openFiles(folder)).toEqual(before);
  });
});

/** Switches to another user until the end of the test if the process runs as root, which may read every file. */
const dropRootPrivileges = (): void => {
  if (process.geteuid?.() !== 0) return;
  process.seteuid?.(65_534);
  onTestFinished(() => process.seteuid?.(0));
};

/** Returns the files below a folder that this process has open. */
const openFiles = async (folder: string): Promise<string[]> => {
  const links = await readdir('/proc/self/fd');
  const targets = await Promise.all(links.map((link) => realpath(`/proc/self/fd/${link}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder));
};
