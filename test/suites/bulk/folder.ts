import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with one small file per key. `await using` removes it. */
export const createFolder = async (keys: readonly string[]): Promise<{ readonly path: string } & AsyncDisposable> => {
  const path = await mkdtemp(join(tmpdir(), 'images-api-bulk-'));
  for (const folder of new Set(keys.map((key) => dirname(join(path, key))))) await mkdir(folder, { recursive: true });
  for (const key of keys) await writeFile(join(path, key), 'x');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};
