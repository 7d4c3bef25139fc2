import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { BUNDLE_OPTIONS } from '../../../infra/construct/bundling.ts';
import { traceSources } from '../../../src/adapters/pino/stack-trace.ts';

const SOURCE = [
  'export const handler = () => {',
  '  const wrong = "nobody foresaw it";',
  '  throw new Error(wrong);',
  '};',
];

/** The stack of what the bundle of SOURCE throws, whose map was changed before. */
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
  throw new Error('the bundle threw nothing');
};

it('names the place in the sources where a bundle has its map beside it', async () => {
  const error = await failBundled();
  expect(error.stack).not.toContain('thrower.ts');
  expect(traceSources(error)).toMatch(/^Error: nobody foresaw it\n.*thrower\.ts:3:9/);
});

it.each([
  ['there is no map', (map: string) => rmSync(map)],
  ['the map cannot be read', (map: string) => writeFileSync(map, '{"version":')],
])('leaves the stack as it is where %s', async (_, change) => {
  const error = await failBundled(change);
  expect(traceSources(error)).toBe(error.stack);
});

it('reads a map once', async () => {
  let path = '';
  const error = await failBundled((map) => {
    path = map;
  });
  const traced = traceSources(error);
  rmSync(path);
  expect(traceSources(error)).toBe(traced);
});

it('follows no frame that stands in a message', async () => {
  const { stack = '' } = await failBundled();
  const frame = stack.split('\n')[1] as string;
  const message = `no such key\n${frame}`;
  const [, , forged] = traceSources(Object.assign(new Error(message)))?.split('\n') ?? [];
  expect([frame, forged]).toEqual([expect.stringContaining('index.cjs:'), expect.not.stringContaining('thrower.ts')]);
  expect(traceSources(new Error(message))).toContain(message);
});

it('leaves an error alone that has no stack', () => {
  expect(traceSources(Object.assign(new Error('none'), { stack: undefined }))).toBeUndefined();
});
