import { describe, expect, test } from 'vitest';
import {
  createPathMapping,
  IDENTITY_ROUTE,
  type ImagePath,
  type PathMapping,
  parseImagePath,
} from '../../../src/domain/index.ts';
import { createRouteIndex } from '../../../src/domain/mapping/route-index.ts';
import { compileTemplate } from '../../../src/domain/mapping/template.ts';

/**
 * The work of a call: for each string primitive that the domain uses, the number of code units that it may look at. A
 * count is the same on a busy machine, a clock is not. It counts every regular expression as one pass over its text, so
 * it cannot see one that backtracks: the last test of this file measures that.
 */
const workOf = (call: () => void): number => {
  let work = 0;
  const undo: (() => void)[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: wraps any method of any object
  const count = (owner: any, name: string, cost: (self: any, result: any, ...given: any[]) => number) => {
    const original = owner[name];
    undo.push(() => {
      owner[name] = original;
    });
    // biome-ignore lint/suspicious/noExplicitAny: as above
    owner[name] = function (this: any, ...given: any[]) {
      const start = this?.lastIndex;
      const found = original.apply(this, given);
      work += cost(this, found, ...given, start);
      return found;
    };
  };
  const whole = (self: string) => self.length;
  const given = (_: unknown, __: unknown, text: unknown) => (typeof text === 'string' ? text.length : 1);
  const strings = String.prototype;
  // Worst case: the piece almost matches at each index and is compared there.
  count(strings, 'indexOf', (self, found, piece, from = 0) =>
    found === -1 ? (self.length - from) * piece.length : (found - from + 1) * piece.length,
  );
  count(
    strings,
    'lastIndexOf',
    (self, found, piece, from = self.length) => (Math.max(from, 0) - found + 1) * piece.length,
  );
  for (const name of ['startsWith', 'endsWith']) count(strings, name, given);
  for (const name of ['includes', 'split', 'replace', 'replaceAll', 'toLowerCase', 'match', 'search', 'normalize'])
    count(strings, name, whole);
  for (const name of ['slice', 'substring', 'concat', 'repeat']) count(strings, name, (_, found) => found.length);
  for (const name of ['charAt', 'charCodeAt', 'codePointAt', 'at']) count(strings, name, () => 1);
  for (const name of ['decodeURIComponent', 'encodeURIComponent']) count(globalThis, name, given);
  count(JSON, 'stringify', given);
  for (const name of ['get', 'has', 'set']) count(Map.prototype, name, given);
  // All other uses of regular expressions call exec.
  count(RegExp.prototype, 'exec', (self, found, text, start) =>
    self.global && found !== null ? self.lastIndex - start : text.length,
  );
  try {
    call();
  } catch {
    // The work for a rejected path counts too.
  } finally {
    for (const restore of undo.reverse()) restore();
  }
  return work;
};

const partners = (head: string) => ({
  path: `${head}/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}`,
  key: `${head}/{id}/original.{ext}`,
});

const ROUTES = [
  partners('partnerimages'),
  { path: 'a/{x}-a-a-a-b{y}', key: '{x}/{y}-a-a-a-b' },
  { path: '{x}/{p+}-a-{size:digits}.{ext}', key: '{p+}/{x}/{size}.{ext}' },
  { path: '{x:alnum}-{y:hex}', key: '{y}/{x}' },
  { path: '{a}.{b}.{c}.{d}', key: '{d}/{c}.{b}/{a}' },
  IDENTITY_ROUTE,
];
const mapping = createPathMapping({ routes: ROUTES });

const CALLS: Record<string, (text: string) => void> = {
  parseImagePath: (text) => parseImagePath(text),
  'keyOf a path': (text) => mapping.keyOf(parseImagePath(text)),
  'keyOf any text': (text) => mapping.keyOf(text as ImagePath),
  explain: (text) => mapping.explain(text as ImagePath),
  pathsOf: (text) => mapping.pathsOf(text),
  pathOf: (text) => mapping.pathOf(text),
  keyPrefixesOf: (text) => mapping.keyPrefixesOf(text),
};

const FAMILIES: readonly [start: string, piece: string, end: string][] = [
  ['', '/partnerimages', '.jpeg'],
  ['partnerimages/67/28/', '67286576', '.jpeg'],
  ['partnerimages/67/28/', '6', 'x.jpeg'],
  ['partnerimages/1/2/', '/origina', '/original.jpg'],
  // Keys of the routes.
  ['partnerimages/', '6', '/original.jpeg'],
  ['', 'x', '/y-a-a-a-b'],
  ['', 'a/', 'x/1.jpg'],
  ['a', 'b', '/c'],
  ['a/', 'b.', 'c/d'],
  ['a/', '-a-a-a', '-a-a-a-b'],
  ['a/', '-a-a-a-b', '-'],
  ['x/y/', '-a-1.', 'jpg'],
  ['x/', 'y/-a-', '-a-1.jpg'],
  ['', '.', 'jpg'],
  ['a', '.', '.jpg'],
  ['', 'a.', '.jpg'],
  ['', 'a/', 'b.jpg'],
  ['', './', 'b.jpg'],
  ['', '../', 'b.jpg'],
  ['a', '/', ''],
  ['', '%41', '.jpg'],
  ['', '%2e', '/a.jpg'],
  ['', '%', '.jpg'],
  ['', 'a/', '%zz'],
  ['', '%41/', '%c0%af/%zz'],
  ['', '%2', 'F'],
  ['', '%252F', '.jpg'],
  ['', '😀', '.jpg'],
  ['', '😀/', '\ud83d'],
  ['', '%F0%9F%98%80', '.jpg'],
  ['', '{id}', '}'],
  ['', 'a', '.jpg'],
  ['', 'a', 'é-a'],
  ['a-', 'a', 'z'],
];

describe('the work for a path is proportional to its length', () => {
  // All are longer than a key may be, because shorter keys also cost a count of their bytes.
  const lengths = [8_000, 16_000, 32_000];

  describe.each(Object.entries(CALLS))('%s', (_, call) => {
    test.each(FAMILIES)('stays linear for %j, then %j repeated, then %j', (start, piece, end) => {
      const costs = lengths.map((length) => workOf(() => call(start + piece.repeat(length / piece.length) + end)));
      expect(costs[0]).toBeGreaterThan(0);
      expect(costs[1]).toBeLessThanOrEqual(2.1 * (costs[0] as number));
      expect(costs[2]).toBeLessThanOrEqual(2.1 * (costs[1] as number));
    });
  });
});

describe('the work does not grow with routes that start with other literals', () => {
  const heads = Array.from({ length: 100 }, (_, index) => `partner${String(index).padStart(3, '0')}`);
  const calls = {
    keyOf: (mapping: PathMapping, path: string) => workOf(() => mapping.keyOf(parseImagePath(path))),
    pathsOf: (mapping: PathMapping, key: string) => workOf(() => mapping.pathsOf(key)),
    pathOf: (mapping: PathMapping, key: string) => workOf(() => mapping.pathOf(key)),
  };
  const single = (head: string) => createPathMapping({ routes: [partners(head)] });

  test.each([
    ['the first segment', ''],
    ['a later segment', 'images/by/'],
  ])('and differ in %s: at most twice the work of one route', (_, folder) => {
    const all = createPathMapping({ routes: heads.map((head) => partners(folder + head)) });
    for (const head of heads) {
      const one = single(folder + head);
      const path = `${folder}${head}/67/28/67286576.jpeg`;
      const key = `${folder}${head}/67286576/original.jpeg`;
      expect(all.keyOf(parseImagePath(path))).toEqual({ key, route: partners(folder + head).path });
      expect(calls.keyOf(all, path)).toBeLessThanOrEqual(2 * calls.keyOf(one, path));
      expect(all.pathsOf(key)).toEqual([path]);
      expect(calls.pathsOf(all, key)).toBeLessThanOrEqual(2 * calls.pathsOf(one, key));
      expect(calls.pathOf(all, key)).toBeLessThanOrEqual(2 * calls.pathOf(one, key));
    }
  });

  test('and none of them matches: at most twice the work of no such routes', () => {
    const path = '/other/67/photo.jpeg';
    const last = createPathMapping({ routes: [...heads.map(partners), IDENTITY_ROUTE] });
    expect(calls.keyOf(last, path)).toBeLessThanOrEqual(2 * calls.keyOf(createPathMapping(), path));
    const key = path.slice(1);
    expect(last.pathsOf(key)).toEqual([key]);
    expect(calls.pathsOf(last, key)).toBeLessThanOrEqual(2 * calls.pathsOf(createPathMapping(), key));
  });

  test('and are only two: both are candidates without a search', () => {
    const routes = heads.slice(0, 2).map((head) => compileTemplate(`${head}/{id}`));
    const find = createRouteIndex(routes, ({ literalSegments }) => literalSegments);
    expect(workOf(() => find('partner000/1'))).toBe(0);
  });

  test('and a route without literals follows: at most twice the work of one route and that route', () => {
    const last = createPathMapping({ routes: [...heads.map(partners), IDENTITY_ROUTE] });
    for (const head of heads) {
      const path = `/${head}/67/photo.jpeg`;
      expect(last.keyOf(parseImagePath(path)).route).toBe(IDENTITY_ROUTE.path);
      const two = createPathMapping({ routes: [partners(head), IDENTITY_ROUTE] });
      expect(calls.keyOf(last, path)).toBeLessThanOrEqual(2 * calls.keyOf(two, path));
    }
  });
});

test.each([
  ['one route', [partners('partner')], 'partner/67286576/original.jpeg'],
  ['the default route', [IDENTITY_ROUTE], 'a/b/c/photo.jpeg'],
])('pathsOf with %s takes at most four times the work of keyOf', (_, routes, key) => {
  const mapping = createPathMapping({ routes });
  const [path] = mapping.pathsOf(key);
  const work = workOf(() => mapping.pathsOf(key));
  expect(work).toBeLessThanOrEqual(4 * workOf(() => mapping.keyOf(path as ImagePath)));
});

test.each(FAMILIES)('no regular expression backtracks for %j, then %j repeated, then %j', (start, piece, end) => {
  // 50,000 characters take about a millisecond. A regular expression that backtracks would look at 1,250,000,000.
  const text = start + piece.repeat(50_000 / piece.length) + end;
  const started = performance.now();
  for (const call of Object.values(CALLS)) workOf(() => call(text));
  expect(performance.now() - started).toBeLessThan(500);
});
