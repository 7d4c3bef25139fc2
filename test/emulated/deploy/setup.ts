import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startMinistackServer } from '../../support/ministack-server.ts';
import { installPythonPackages } from '../../support/python-packages.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    emulator: {
      readonly endpoint: string;
      /** The folder for files that the tests write. */
      readonly folder: string;
    };
  }
}

/** Starts ministack. Returns the teardown. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const python = await installPythonPackages('test/emulated/deploy/requirements.txt', '.venv/deploy');
  const folder = await mkdtemp(join(tmpdir(), 'images-api-deploy-'));
  // The exit handler also runs after Ctrl-C and if ministack does not start.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const { url, stop } = await startMinistackServer(python, folder);
  provide('emulator', { endpoint: url, folder });
  return stop;
};
