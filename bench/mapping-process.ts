/** Prints the time that the domain takes to map a path, as JSON. Arguments: milliseconds per figure, checkout. */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Bench } from 'tinybench';
import type * as Domain from '../src/domain/index.ts';
import type { MappingTime } from './mapping.ts';
import { round } from './samples.ts';

const [milliseconds = '500', checkout = join(import.meta.dirname, '..')] = process.argv.slice(2);
const { createPathMapping, parseImagePath }: typeof Domain = await import(
  pathToFileURL(resolve(checkout, 'src/domain/index.ts')).href
);

const SAMPLES = 5;
const PATHS = 1000;

/** Returns nanoseconds per path. */
const measure = async (paths: readonly string[], map: (path: string) => unknown): Promise<MappingTime> => {
  const fastestNs: number[] = [];
  const typicalNs: number[] = [];
  for (let sample = -1; sample < SAMPLES; sample++) {
    const bench = new Bench({ time: Number(milliseconds) / SAMPLES, warmup: false });
    bench.add('paths', () => {
      for (const path of paths) map(path);
    });
    await bench.run();
    const { result } = bench.tasks[0] ?? {};
    if (result?.state !== 'completed')
      throw new Error('tinybench could not complete the mapping benchmark; its task failed.');
    // V8 compiles the hot code during sample -1.
    if (sample < 0) continue;
    fastestNs.push(round((result.latency.min / paths.length) * 1e6));
    typicalNs.push(round((result.latency.p50 / paths.length) * 1e6));
  }
  return { fastestNs, typicalNs };
};

const keyOf = (mapping: Domain.PathMapping) => (path: string) => {
  try {
    return mapping.keyOf(parseImagePath(path));
  } catch (error) {
    return error;
  }
};

const id = (number: number): string => String(67_286_576 + number * 7919);

/** The mapping of the README. */
const readme = createPathMapping({
  routes: [
    {
      path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
      key: 'partners/{id}/original.{ext}',
    },
    { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
  ],
});
const identity = createPathMapping();

/** A mapping with one route per partner. */
const partners = (count: number) =>
  createPathMapping({
    routes: Array.from({ length: count }, (_, index) => ({
      path: `partner${index}/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}`,
      key: `partners/${index}/{id}/original.{ext}`,
    })),
  });

const slices = (number: number): string => `${id(number).slice(0, 2)}/${id(number).slice(2, 4)}/${id(number)}.jpeg`;
const pathsOf = (folder: (index: number) => string): string[] =>
  // API Gateway passes the path without a leading slash.
  Array.from({ length: PATHS }, (_, index) => `${folder(index)}/${slices(index)}`);

// These run first: V8 optimises for the inputs it has seen, so earlier runs with other paths would slow them down.
const ordinary = {
  readme: await measure(
    pathsOf(() => 'partnerimages'),
    keyOf(readme),
  ),
  identity: await measure(
    pathsOf(() => 'partnerimages'),
    keyOf(identity),
  ),
};

const routes: Record<string, MappingTime> = {};
for (const count of [1, 10, 100]) {
  routes[count] = await measure(
    pathsOf((index) => `partner${index % count}`),
    keyOf(partners(count)),
  );
}

/** Paths of a given length that make a backtracking matcher slow. */
const ADVERSARIES: Readonly<Record<string, (length: number) => string>> = {
  'one segment': (length) => `${'a'.repeat(length)}.jpeg`,
  dots: (length) => `a${'.a'.repeat(length / 2)}.jpeg`,
  slashes: (length) => `${'a/'.repeat(length / 2)}a.jpeg`,
  'almost the literal': (length) => `${'partner'.repeat(length / 7)}.jpeg`,
  escapes: (length) => `${'%C3%A9'.repeat(length / 6)}.jpeg`,
  'a broken escape at the end': (length) => `${'a'.repeat(length)}%E2%82`,
  'surrogate pairs': (length) => `${'😀'.repeat(length / 2)}.jpeg`,
};
const LENGTHS = [1000, 2000, 4000, 8000];

const adversaries: Record<string, Record<string, MappingTime>> = {};
for (const [name, make] of Object.entries(ADVERSARIES)) {
  adversaries[name] = {};
  for (const length of LENGTHS) {
    adversaries[name][length] = await measure([make(length)], keyOf(readme));
  }
}

process.stdout.write(`${JSON.stringify({ ...ordinary, routes, adversaries })}\n`);
