import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Finds Chromium. Without it the tests are skipped, except in CI, where a skipped test would look like a success. */
export const setup = ({ provide }: TestProject): void => {
  const { CHROMIUM, CI, PATH = '' } = process.env;
  const chromium = CHROMIUM || NAMES.map((name) => findProgram(name, PATH)).find((path) => path !== undefined);
  if (chromium === undefined && CI === 'true') throw new Error(NOT_FOUND);
  if (chromium === undefined) process.stderr.write(`The browser tests are skipped. ${NOT_FOUND}\n`);
  provide('chromium', chromium ?? '');
};

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const NOT_FOUND = `PATH has none of the programs ${NAMES.join(', ')}. Install one, on Debian with apt-get install chromium, or set CHROMIUM to the path of the program.`;

const findProgram = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the program; empty if there is none. */
    readonly chromium: string;
  }
}
