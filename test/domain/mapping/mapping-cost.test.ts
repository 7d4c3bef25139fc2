import { describe, expect, test } from 'vitest';
import {
  createPathMapping,
  IDENTITY_ROUTE,
  type ImagePath,
  type PathMapping,
  parseImagePath,
} from '../../../src/domain/index.ts';
import { createRouteIndex } from '../../../src/domain/mapping/route-index.ts';
import { parseTemplate } from '../../../src/domain/mapping/template.ts';

/**
 * A clock is a poor witness on a busy machine, so this counts: for each primitive of strings that the domain uses, the
 * code units that it may look at. What it cannot see is a regular expression that backtracks: that is left to the law
 * that doubles a path under the clock.
 */
const workOf = (call: () => void): number => {
  let work = 0;
  const undo: (() => void)[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: any method of any object, called as it was
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
  // A piece that nearly matches everywhere is compared at each place.
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
  // Everything else that a regular expression does comes here.
  count(RegExp.prototype, 'exec', (self, found, text, start) =>
    self.global && found !== null ? self.lastIndex - start : text.length,
  );
  try {
    call();
  } catch {
    // A path that is refused costs as well.
  } finally {
    for (const restore of undo.reverse()) restore();
  }
  return work;
};

const partners = (head: string) => ({
  path: `${head}/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}`,
  key: `${head}/{id}/original.{ext}`,
});

describe('the cost of a path grows no faster than its length', () => {
  const routes = [
    partners('partnerimages'),
    { path: 'a/{x}-a-a-a-b{y}', key: '{x}/{y}-a-a-a-b' },
    { path: '{x}/{p+}-a-{size:digits}.{ext}', key: '{p+}/{x}/{size}.{ext}' },
    { path: '{a}.{b}.{c}.{d}', key: '{d}/{c}.{b}/{a}' },
    IDENTITY_ROUTE,
  ];
  const mapping = createPathMapping({ routes });

  const calls: Record<string, (text: string) => void> = {
    parseImagePath: (text) => parseImagePath(text),
    'keyOf a path': (text) => mapping.keyOf(parseImagePath(text)),
    'keyOf any text': (text) => mapping.keyOf(text as ImagePath),
    explain: (text) => mapping.explain(text as ImagePath),
    pathsOf: (text) => mapping.pathsOf(text),
    pathOf: (text) => mapping.pathOf(text),
  };
  const families: [start: string, piece: string, end: string][] = [
    ['', '/partnerimages', '.jpeg'],
    ['partnerimages/67/28/', '67286576', '.jpeg'],
    ['partnerimages/1/2/', '/origina', '/original.jpg'],
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
  ];

  // All of them longer than a key may be: shorter ones are also measured in bytes.
  const lengths = [8_000, 16_000, 32_000];

  describe.each(Object.entries(calls))('%s', (_, call) => {
    test.each(families)('of %j, then %j again and again, and %j', (start, piece, end) => {
      const costs = lengths.map((length) => workOf(() => call(start + piece.repeat(length / piece.length) + end)));
      expect(costs[0]).toBeGreaterThan(0);
      expect(costs[1]).toBeLessThanOrEqual(2.1 * (costs[0] as number));
      expect(costs[2]).toBeLessThanOrEqual(2.1 * (costs[1] as number));
    });
  });
});

describe('the cost of a path does not grow with the routes of other heads', () => {
  const heads = Array.from({ length: 100 }, (_, index) => `partner${String(index).padStart(3, '0')}`);
  const cost = (mapping: PathMapping, path: string) => workOf(() => mapping.keyOf(parseImagePath(path)));
  const single = (head: string) => createPathMapping({ routes: [partners(head)] });

  test.each([
    ['their first segment', ''],
    ['a later one', 'images/by/'],
  ])('where heads differ in %s: at most twice that of one route', (_, folder) => {
    const all = createPathMapping({ routes: heads.map((head) => partners(folder + head)) });
    for (const head of heads) {
      const path = `/${folder}${head}/67/28/67286576.jpeg`;
      expect(all.keyOf(parseImagePath(path)).route).toBe(partners(folder + head).path);
      expect(cost(all, path)).toBeLessThanOrEqual(2 * cost(single(folder + head), path));
    }
  });

  test('a path of none of the heads is compared with none of their routes', () => {
    const path = '/other/67/photo.jpeg';
    const last = createPathMapping({ routes: [...heads.map(partners), IDENTITY_ROUTE] });
    expect(cost(last, path)).toBeLessThanOrEqual(2 * cost(createPathMapping(), path));
  });

  test('two routes are compared at once: no segment is looked for', () => {
    const find = createRouteIndex(heads.slice(0, 2).map((head) => ({ path: parseTemplate(`${head}/{id}`) })));
    expect(workOf(() => find('partner000/1'))).toBe(0);
  });

  test('where a route without a head follows them: at most twice that of one route and this one', () => {
    const last = createPathMapping({ routes: [...heads.map(partners), IDENTITY_ROUTE] });
    for (const head of heads) {
      const path = `/${head}/67/photo.jpeg`;
      expect(last.keyOf(parseImagePath(path)).route).toBe(IDENTITY_ROUTE.path);
      const two = createPathMapping({ routes: [partners(head), IDENTITY_ROUTE] });
      expect(cost(last, path)).toBeLessThanOrEqual(2 * cost(two, path));
    }
  });
});
