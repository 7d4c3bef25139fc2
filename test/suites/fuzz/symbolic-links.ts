import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';

/** A folder that is served, with symbolic links to files and folders that must not be served. */
export interface Trap extends AsyncDisposable {
  readonly folder: string;
  /** A folder next to `folder` that contains the secret. */
  readonly outside: string;
}

/** The content of the files outside the served folder. */
export const SECRET = 'the content of a secret file';

export const createTrap = async (): Promise<Trap> => {
  const root = await mkdtemp(join(tmpdir(), 'images-'));
  const folder = join(root, 'images');
  const outside = join(root, 'images-private');
  await mkdir(join(folder, 'inner'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(folder, 'a.jpg'), 'an image');
  await writeFile(join(root, 'secret.jpg'), SECRET);
  await writeFile(join(outside, 'secret.jpg'), SECRET);
  await symlink('../secret.jpg', join(folder, 'link.jpg'));
  await symlink(join(outside, 'secret.jpg'), join(folder, 'absolute.jpg'));
  await symlink('..', join(folder, 'up'));
  await symlink('../../images-private', join(folder, 'inner/private'));
  await symlink('inner/private', join(folder, 'chain'));
  await symlink('loop', join(folder, 'loop'));
  await symlink('a.jpg', join(folder, 'allowed.jpg'));
  return { folder, outside, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
};

/** Keys that try to reach the secret: through parent folders, links, absolute paths and encodings. */
export const hostileKeys = ({ folder, outside }: Trap): fc.Arbitrary<string> =>
  fc
    .array(
      fc.constantFrom(
        ...[
          '..',
          '.',
          '',
          '..\\',
          '%2e%2e',
          '\u0000',
          'images',
          'images-private',
          'inner',
          'private',
          'up',
          'chain',
          'loop',
        ],
        ...['a.jpg', 'link.jpg', 'absolute.jpg', 'allowed.jpg', 'secret.jpg', folder, outside, '/'],
      ),
      { maxLength: 7 },
    )
    .map((steps) => steps.join('/'));
