import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDirectoryImageIndex } from '../../src/adapters/directory-image-index.ts';
import { createDirectoryImageStore } from '../../src/adapters/directory-image-store.ts';
import { ImageError } from '../../src/domain/errors.ts';
import { type FilledIndex, imageIndexChecks } from '../../src/testing/index.ts';

const makeFolder = async (): Promise<string> => mkdtemp(join(await realpath(tmpdir()), 'images-'));

const write = async (folder: string, key: string, bytes: Uint8Array | string = key): Promise<void> => {
  await mkdir(dirname(join(folder, key)), { recursive: true });
  await writeFile(join(folder, key), bytes);
};

const createIndex = async (): Promise<FilledIndex> => {
  const folder = await makeFolder();
  return {
    index: createDirectoryImageIndex(folder),
    store: createDirectoryImageStore(folder),
    put: (key, bytes) => write(folder, key, bytes),
    end: () => rm(folder, { recursive: true }),
  };
};

describe('createDirectoryImageIndex', () => {
  for (const { name, run } of imageIndexChecks()) it(name, () => run(createIndex));
});

describe('the directory image index', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await makeFolder();
    onTestFinished(() => rm(parent, { recursive: true }));
    folder = join(parent, 'images');
    await write(folder, 'a/1.jpeg');
    await write(folder, 'b/2.jpeg');
    await write(folder, 'b/c/3.jpeg');
    await write(parent, 'outside.jpeg');
    await write(parent, 'images-of-others/outside.jpeg');
  });

  const list = async (keyPrefix = '', root = folder): Promise<readonly string[]> =>
    (await createDirectoryImageIndex(root).list(keyPrefix, { limit: 1000 })).images.map(({ key }) => key);
  const ALL = ['a/1.jpeg', 'b/2.jpeg', 'b/c/3.jpeg'];

  it('lists what the store serves through links that stay in the folder, and nothing else', async () => {
    await symlink('../outside.jpeg', join(folder, 'link-to-file-outside.jpeg'));
    await symlink(parent, join(folder, 'link-to-folder-outside'));
    await symlink('../images-of-others', join(folder, 'link-to-neighbour'));
    await symlink('nowhere.jpeg', join(folder, 'link-to-nothing.jpeg'));
    await symlink('link-to-itself.jpeg', join(folder, 'link-to-itself.jpeg'));
    await symlink('b/c', join(folder, 'link-to-folder'));
    await symlink('b/2.jpeg', join(folder, 'link-to-file.jpeg'));
    execFileSync('mkfifo', [join(folder, 'pipe.jpeg')]);
    const keys = await list();
    expect(keys).toEqual([...ALL, 'link-to-file.jpeg', 'link-to-folder/3.jpeg']);
    const store = createDirectoryImageStore(folder);
    for (const key of keys) await store.describe(key);
    expect(await list('link-to-folder/')).toEqual(['link-to-folder/3.jpeg']);
  });

  it('ends in spite of links to folders that contain them', async () => {
    await symlink('..', join(folder, 'a', 'up'));
    await symlink('../b', join(folder, 'a', 'z'));
    await symlink('../a', join(folder, 'b', 'z'));
    expect(await list()).toEqual(['a/1.jpeg', 'a/z/2.jpeg', 'a/z/c/3.jpeg', 'b/2.jpeg', 'b/c/3.jpeg', 'b/z/1.jpeg']);
  });

  it.each(['../', '../outside', '/', 'a/../../', './', `${'../'.repeat(20)}etc/`])(
    'lists nothing for the prefix %s, which leads out of the folder',
    async (prefix) => {
      expect(await list(prefix)).toEqual([]);
    },
  );

  it('lists a folder behind a symbolic link', async () => {
    await symlink('images', join(parent, 'link'));
    expect(await list('', join(parent, 'link'))).toEqual(ALL);
    expect(await list('', `${join(parent, 'link')}/`)).toEqual(ALL);
  });

  it('skips names that are not UTF-8, and lists a name that starts with a byte order mark', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0x67])]), '');
    // Its name is that of the other file with a replacement character.
    await write(folder, 'f\ufffdg');
    await write(folder, '\ufeffbom.jpeg');
    expect(await list()).toEqual([...ALL, 'f\ufffdg', '\ufeffbom.jpeg']);
  });

  it.each(['nowhere', 'outside.jpeg'])(
    'rejects with store-misconfigured if the folder is %s, which is not a directory',
    async (name) => {
      await expect(list('', join(parent, name))).rejects.toMatchObject({ code: 'store-misconfigured' });
    },
  );

  it('rejects with store-forbidden instead of leaving out a folder that the process may not read', async () => {
    await chmod(join(folder, 'b'), 0);
    await chmod(parent, 0o755);
    dropRootPrivileges();
    await expect(list()).rejects.toMatchObject({ code: 'store-forbidden' });
    expect(await list('a/')).toEqual(['a/1.jpeg']);
  });

  it('reads only folders that can have keys with the prefix and after the token', async () => {
    const index = createDirectoryImageIndex(folder);
    const { next: token } = await index.list('', { limit: 1 });
    await chmod(join(folder, 'a'), 0);
    await chmod(parent, 0o755);
    dropRootPrivileges();
    expect(await list('b/c/')).toEqual(['b/c/3.jpeg']);
    const afterA = Buffer.from('a0').toString('base64url');
    const { images } = await createDirectoryImageIndex(folder).list('', { limit: 10, token: afterA });
    expect(images.map(({ key }) => key)).toEqual(ALL.slice(1));
    // The last key lies in the folder, so the walk must look for keys after it.
    await expect(createDirectoryImageIndex(folder).list('', { limit: 10, token })).rejects.toMatchObject({
      code: 'store-forbidden',
    });
  });

  it('continues a listing in the same walk, and in a new one after 5 seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const index = createDirectoryImageIndex(folder);
    const { next } = await index.list('', { limit: 1 });
    await write(folder, 'a/1b.jpeg');
    const { images } = await index.list('', { limit: 1, token: next });
    expect(images).toMatchObject([{ key: 'b/2.jpeg' }]);
    await index.list('', { limit: 1 });
    await write(folder, 'a/1c.jpeg');
    vi.setSystemTime(Date.now() + 5_001);
    const later = await index.list('', { limit: 10, token: next });
    expect(later.images.map(({ key }) => key)).toEqual(['a/1b.jpeg', 'a/1c.jpeg', ...ALL.slice(1)]);
  });

  it('skips an image that was removed during the walk', async () => {
    await write(folder, 'b/4.jpeg');
    const index = createDirectoryImageIndex(folder);
    const { next: token } = await index.list('b/', { limit: 1 });
    await unlink(join(folder, 'b/c/3.jpeg'));
    const { images, next } = await index.list('b/', { limit: 10, token });
    expect({ keys: images.map(({ key }) => key), next }).toEqual({ keys: ['b/4.jpeg'], next: undefined });
  });

  it('stops between two files when the signal has aborted', async () => {
    let reads = 0;
    // Sends no event, so that only the walk can notice it.
    const signal = {
      get aborted() {
        return ++reads > 2;
      },
      reason: new ImageError('store-timeout', 'deadline'),
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    };
    await expect(createDirectoryImageIndex(folder).list('', { limit: 10, signal })).rejects.toBe(signal.reason);
  });

  it('rejects at once with the reason of the signal while the file system works', async () => {
    const controller = new AbortController();
    const reason = new Error('deadline');
    const listing = createDirectoryImageIndex(folder).list('', { limit: 10, signal: controller.signal });
    controller.abort(reason);
    await expect(listing).rejects.toBe(reason);
  });
});

/** Switches to another user until the end of the test if the process runs as root, which may read every file. */
const dropRootPrivileges = (): void => {
  if (process.geteuid?.() !== 0) return;
  process.seteuid?.(65_534);
  onTestFinished(() => process.seteuid?.(0));
};
