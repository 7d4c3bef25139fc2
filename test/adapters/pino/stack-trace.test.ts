import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { BUNDLE_OPTIONS } from '../../../infra/construct/bundling.ts';
import { sourceStack } from '../../../src/adapters/pino/stack-trace.ts';

const SOURCE = [
  'export const handler = () => {',
  '  const message = "unexpected";',
  '  throw new Error(message);',
  '};',
];

/** Bundles SOURCE, applies a change to its source map, and returns the error that the bundle throws. */
const failBundled = async (change: (map: string) => void = () => {}): Promise<Error> => {
  const folder = mkdtempSync(join(tmpdir(), 'images-api-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'thrower.ts');
  const outfile = join(folder, 'index.cjs');
  writeFileSync(source, SOURCE.join('\n'));
  await build({ ...BUNDLE_OPTIONS, alias: {}, bundle: true, entryPoints: [source], outfile });
  change(`${outfile}.map`);
  try {
    createRequire(import.meta.url)(outfile).handler();
  } catch (error) {
    return error as Error;
  }
  throw new Error('The bundle did not throw.');
};

it('replaces the place in the bundle with the file and line of the source', async () => {
  const error = await failBundled();
  expect(error.stack).not.toContain('thrower.ts');
  expect(sourceStack(error)).toMatch(/^Error: unexpected\n.*thrower\.ts:3:9/);
});

it.each([
  ['a bundle has no source map', (map: string) => rmSync(map)],
  ['a source map is malformed', (map: string) => writeFileSync(map, '{"version":')],
])('returns the stack unchanged if %s', async (_, change) => {
  const error = await failBundled(change);
  expect(sourceStack(error)).toBe(error.stack);
});

it('reads a source map only once', async () => {
  let path = '';
  const error = await failBundled((map) => {
    path = map;
  });
  const first = sourceStack(error);
  rmSync(path);
  expect(sourceStack(error)).toBe(first);
});

it('does not change text in a message that looks like a frame', async () => {
  const { stack = '' } = await failBundled();
  const frame = stack.split('\n')[1] as string;
  const message = `no such key\n${frame}`;
  const [, , forged] = sourceStack(Object.assign(new Error(message)))?.split('\n') ?? [];
  expect([frame, forged]).toEqual([expect.stringContaining('index.cjs:'), expect.not.stringContaining('thrower.ts')]);
  expect(sourceStack(new Error(message))).toContain(message);
});

it('returns undefined for an error without a stack', () => {
  expect(sourceStack(Object.assign(new Error('none'), { stack: undefined }))).toBeUndefined();
});
