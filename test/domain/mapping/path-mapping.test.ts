import { describe, expect, test } from 'vitest';
import { createPathMapping, IDENTITY_ROUTE, type Mapping, parseImagePath } from '../../../src/domain/index.ts';

const PARTNERS = {
  path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
  key: 'partners/{id}/original.{ext}',
};
const THUMBS = { path: 'thumbs/{size}/{id}.{ext:image}', key: 'all/{id}.{ext}', lossy: true };

const keyOf = (mapping: Mapping, path: string) => createPathMapping(mapping).keyOf(parseImagePath(path));

describe('keyOf', () => {
  test.each([
    [{ routes: [PARTNERS] }, 'partnerimages/67/28/67286576.jpeg', 'partners/67286576/original.jpeg'],
    [{}, 'partnerimages/67/28/67286576.jpeg', 'partnerimages/67/28/67286576.jpeg'],
    [{ prefix: 'img' }, 'a.png', 'img/a.png'],
    [{ prefix: 'img/' }, 'a.png', 'img/a.png'],
    [{ prefix: '' }, 'a.png', 'a.png'],
    [{ prefix: 'a/b ü', routes: [PARTNERS, IDENTITY_ROUTE] }, 'x/y.GIF', 'a/b ü/x/y.GIF'],
    [{ routes: [THUMBS] }, 'thumbs/10/x.png', 'all/x.png'],
    [{ routes: [{ path: '{id}', key: '{id[0:2]}/{id}' }] }, 'abc', 'ab/abc'],
    [{ routes: [{ path: '{id}', key: '{id[0:2]}/x', lossy: true }] }, 'abc', 'ab/x'],
  ] as [Mapping, string, string][])('%j gives %j the key %j', (mapping, path, key) => {
    expect(keyOf(mapping, path).key).toBe(key);
  });

  test('returns the path template of the first route that matches', () => {
    const routes = [PARTNERS, IDENTITY_ROUTE];
    expect(keyOf({ routes }, 'partnerimages/67/28/67286576.jpeg').route).toBe(PARTNERS.path);
    expect(keyOf({ routes }, 'partnerimages/99/28/67286576.jpeg').route).toBe(IDENTITY_ROUTE.path);
  });

  describe('uses the first route that matches', () => {
    const paths = ['a/{x}.1', '{x}.2', 'a/b', 'a/b/{x:digits}', '{p+}.3', 'a/b/c/{x}', 'b/{x}', 'a/{y}', '{z+}'];
    const routes = paths.map((path) => ({ path, key: path.replace(':digits', '') }));

    test.each([
      ['a/b.1', 'a/{x}.1'],
      ['a.2', '{x}.2'],
      ['a/b', 'a/b'],
      ['a/b.2', 'a/{y}'],
      ['a/b/1', 'a/b/{x:digits}'],
      ['a/b/c', '{z+}'],
      ['a/b/1.3', '{p+}.3'],
      ['a/b/c/1', 'a/b/c/{x}'],
      ['a/b/c/1.3', '{p+}.3'],
      ['b/x.3', '{p+}.3'],
      ['b/x', 'b/{x}'],
      ['b', '{z+}'],
      ['a', '{z+}'],
      ['ab/x', '{z+}'],
    ])('among routes that start with different literals: %j matches %j', (path, route) => {
      expect(keyOf({ routes }, path).route).toBe(route);
    });
  });

  test.each([
    [
      { routes: [PARTNERS] },
      'partnerimages/99/28/67286576.jpeg',
      'No route matches the path: route 1 expected "67" for {id[0:2]}, found "99".',
    ],
    [
      { routes: [1, 2, 3].map((n) => ({ path: `${n}`, key: `${n}` })) },
      'x',
      'No route matches the path: route 1 expected "1", found "x"; route 2 expected "2", found "x"; route 3 expected "3", found "x".',
    ],
    [
      { routes: [1, 2, 3, 4, 5].map((n) => ({ path: `${n}`, key: `${n}` })) },
      'x',
      /; route 3 expected "3", found "x"; and 2 more\.$/,
    ],
    [
      {
        routes: [
          { path: 'a', key: 'a' },
          { path: '{a}/{b}', key: '{a}-{b}' },
        ],
      },
      'x/y-z',
      'Route 2 matches the path but cannot give it a valid key that maps back to it.',
    ],
    [{ routes: [{ path: '{a}.x', key: '{a}' }] }, '...x', /^Route 1 matches the path but cannot/],
    [{ routes: [{ path: '{a}', key: '{a[0:1]}/{a}' }] }, '😀', /^Route 1 matches the path but cannot/],
  ] as [Mapping, string, string | RegExp][])('%j rejects %j as an unknown path', (mapping, path, message) => {
    expect(() => keyOf(mapping, path)).toThrow(expect.objectContaining({ code: 'unknown-path' }));
    expect(() => keyOf(mapping, path)).toThrow(message);
  });

  test.each([
    ['', 'a'.repeat(1020)],
    ['', `é${'a'.repeat(1018)}`],
    ['', `${'漢'.repeat(340)}`],
    ['p', 'a'.repeat(1018)],
  ])('with the prefix %j, accepts a key of 1,024 bytes and rejects a longer one', (prefix, name) => {
    expect(new TextEncoder().encode(keyOf({ prefix }, `${name}.jpg`).key)).toHaveLength(1024);
    expect(() => keyOf({ prefix }, `${name}a.jpg`)).toThrow(
      expect.objectContaining({
        code: 'invalid-path',
        message: 'The path is too long: its key would have more than 1024 bytes.',
      }),
    );
  });
});

describe('pathOf and pathsOf', () => {
  const back = (mapping: Mapping, key: string) => {
    const { pathOf, pathsOf } = createPathMapping(mapping);
    return { one: pathOf(key), all: pathsOf(key) };
  };

  test.each([
    [{ routes: [PARTNERS] }, 'partners/67286576/original.jpeg', ['partnerimages/67/28/67286576.jpeg']],
    [{ prefix: 'i', routes: [PARTNERS] }, 'i/partners/67286576/original.jpeg', ['partnerimages/67/28/67286576.jpeg']],
    [{ prefix: 'i', routes: [PARTNERS] }, 'partners/67286576/original.jpeg', []],
    [{ prefix: 'i', routes: [PARTNERS] }, 'j/partners/67286576/original.jpeg', []],
    [{ routes: [PARTNERS] }, 'partners/abc/original.jpeg', []],
    [{ routes: [PARTNERS] }, 'partners/1/original.jpeg', []],
    [{}, 'a//b.jpg', []],
    [{}, 'a/../b.jpg', []],
    [{ routes: [{ path: '{a}', key: '{a}.x' }] }, '...x', []],
    [
      {
        routes: [
          { path: 'a/{x}', key: 'a/{x}' },
          { path: 'b/{x}', key: 'a/{x}' },
        ],
      },
      'a/1',
      ['a/1', 'b/1'],
    ],
    [
      { routes: [PARTNERS, IDENTITY_ROUTE] },
      'partners/67286576/original.jpeg',
      ['partnerimages/67/28/67286576.jpeg', 'partners/67286576/original.jpeg'],
    ],
    // An earlier route gives the path another key.
    [
      {
        routes: [
          { path: 'a/{x}', key: 'other/{x}' },
          { path: '{y}/{x}', key: '{y}/{x}' },
        ],
      },
      'a/1',
      [],
    ],
    // Two routes give the same path the same key.
    [
      {
        routes: [
          { path: '{x}.jpg', key: 'k/{x}' },
          { path: '{y:digits}.jpg', key: 'k/{y}' },
        ],
      },
      'k/1',
      ['1.jpg'],
    ],
  ] as [Mapping, string, string[]][])('%j maps %j back to %j', (mapping, key, paths) => {
    expect(back(mapping, key)).toEqual({ one: paths.length === 1 ? paths[0] : undefined, all: paths });
  });

  test('pathOf returns undefined for a key that a lossy route may share, and pathsOf omits lossy routes', () => {
    const mapping = { prefix: 'i', routes: [THUMBS, { path: '{path+}.{ext:image}', key: '{path+}.{ext}' }] };
    expect(back(mapping, 'i/all/x.png')).toEqual({ one: undefined, all: ['all/x.png'] });
    expect(back(mapping, 'i/other/x.png')).toEqual({ one: 'other/x.png', all: ['other/x.png'] });
    expect(back({ routes: [THUMBS] }, 'all/x.png')).toEqual({ one: undefined, all: [] });
  });

  test('map back through a route that permits loss but drops no name', () => {
    expect(back({ routes: [{ path: 'a/{x}', key: '{x}', lossy: true }] }, '1')).toEqual({ one: 'a/1', all: ['a/1'] });
  });
});

describe('keyPrefixesOf', () => {
  const keyPrefixesOf = (mapping: Mapping, prefix: string) => createPathMapping(mapping).keyPrefixesOf(prefix);
  const route = (path: string, key: string): Mapping => ({ routes: [{ path, key }] });

  test.each([
    ['', ['partners/']],
    ['p', ['partners/']],
    ['partnerimages/', ['partners/']],
    ['partnerimages/6', ['partners/6']],
    ['partnerimages/67', ['partners/67']],
    ['partnerimages/67/', ['partners/67']],
    ['partnerimages/67/2', ['partners/672']],
    ['partnerimages/67/28/', ['partners/6728']],
    ['partnerimages/67/28/6', ['partners/6728']],
    ['partnerimages/67/28/67286', ['partners/67286']],
    ['partnerimages/67/28/67286.', ['partners/67286/original.']],
    ['partnerimages/67/28/67286.jp', ['partners/67286/original.jp']],
    ['partnerimages/67/28/67286576.jpeg', ['partners/67286576/original.jpeg']],
    ['partnerimages/67/2/', ['partners/672/original.']],
    ['partnerimages/67/28/7', []],
    ['partnerimages/67/2/6728', []],
    ['partnerimages/6/2', []],
    ['partnerimages/67/28/67286/', []],
    ['partnerimages/67/28/6728a', []],
    ['partnerimages//', []],
    ['other', []],
  ])('with slices, converts %j to %j', (prefix, keyPrefixes) => {
    expect(keyPrefixesOf({ routes: [PARTNERS] }, prefix)).toEqual(keyPrefixes);
  });

  test.each([
    // Literals.
    [route('a/b', 'k/b'), 'a/', ['k/b']],
    [route('a/b', 'k/b'), 'a/bc', []],
    [route('ab{x}', 'k/{x}'), 'a', ['k/']],
    [route('ab{x}', 'k/{x}'), 'abc', ['k/c']],
    [route('ab{x}', 'k/{x}'), 'ac', []],
    [route('{x}/b', 'k/{x}.c'), 'a', ['k/a']],
    [route('{x}/b', 'k/{x}.c'), 'a/', ['k/a.c']],
    [route('{x}/b', 'k/{x}.c'), 'a/c', []],
    [route('{x}.jpg', 'k/{x}/y'), 'a', ['k/a']],
    [route('{x}.jpg', 'k/{x}/y'), 'a.j', ['k/a']],
    [route('{x}.jpg', 'k/{x}/y'), 'a.jpg.jpg', ['k/a.jpg']],
    [route('{x}.jpg', 'k/{x}/y'), '.jpg', ['k/.jpg']],
    [route('{x:digits}.jpg', 'k/{x}/y'), '12', ['k/12']],
    [route('{x:digits}.jpg', 'k/{x}/y'), '12.j', ['k/12/y']],
    [route('{x:digits}.jpg', 'k/{x}/y'), '12.g', []],
    // The last literal separates, unless the kind refuses more text.
    [route('{a}-{b}', 'k/{a}/{b}'), 'x-y-', ['k/x']],
    [route('{a}-{b}', 'k/{a}/{b}'), 'x-y', ['k/x']],
    [route('{a}-{b}', 'k/{a}/{b}'), 'x--', ['k/x']],
    [route('{a}-{b}', 'k/{a}/{b}'), '-', ['k/-']],
    [route('{a:digits}-{b}', 'k/{a}/{b}'), '1', ['k/1']],
    [route('{a:digits}-{b}', 'k/{a}/{b}'), '1-2-', ['k/1/2-']],
    [route('{a:digits}-{b}', 'k/{a}/{b}'), '1x', []],
    [route('{a:alnum}x{b}', 'k/{a}/{b}'), '1x2x3-', ['k/1x2/3-']],
    [route('{a:alnum}x{b}', 'k/{a}/{b}'), '1x2x3', ['k/1x2']],
    [route('{a}-{b}.{c}', 'k/{a}/{b}.{c}'), '1-2-3', ['k/1-2']],
    [route('{a:alnum}x{b}-x', 'k/{a}/{b}'), '1x2x-', ['k/1']],
    [route('{a:digits}--{b}', 'k/{a}/{b}'), '1-', ['k/1/']],
    [route('{a}--{b}', 'k/{a}/{b}'), '1---', ['k/1']],
    [route('{a:image}-{b}', 'k/{a}/{b}'), 'jpg-', ['k/jpg']],
    // Segments are known after their slash.
    [route('u/{a}-{b}/{c}/{d}', 'k/{a}/{b}/{c}/{d}'), 'u/x-y-z/', ['k/x-y/z/']],
    [route('u/{a}-{b}/{c}/{d}', 'k/{a}/{b}/{c}/{d}'), 'u/x-y-z', ['k/x-y']],
    [route('{a}-x/y-{b}/{c}', 'k/{a}/{b}/{c}'), '1-x/y-2', ['k/1/2']],
    [route('{a}-x/y-{b}/{c}', 'k/{a}/{b}/{c}'), '1-x/z', []],
    [route('{a}/{b}', 'k/{b}/{a}'), 'x/', ['k/']],
    [route('{a}/{b}', 'k/{b}/{a}'), 'x/y', ['k/y']],
    [route('{a}/{b}', 'k/{b}/{a}'), 'x/y/', []],
    // The text of {name+} has no known end.
    [route('{p+}/{x}', 'k/{p+}/{x}'), 'a/b', ['k/a/b']],
    [route('{p+}/{x}', 'k/{x}/{p+}'), 'a/b', ['k/']],
    [route('{p+}/{x}', 'k/{p+}.{x}'), 'a/b/c', ['k/a/b']],
    [route('{p+}/{x:digits}', 'k/{p+}.{x}'), 'a/b/c', ['k/a/b/c']],
    [route('{p+}/{x:digits}', 'k/{p+}.{x}'), 'a/b/1', ['k/a/b']],
    [route('{p+}.{x}', 'k/{p+}_{x}'), 'a.b/c', ['k/a.b/c']],
    [route('{p+}.{x}', 'k/{p+}_{x}'), 'a.b/c.d', ['k/a.b/c']],
    [route('{d}/{p+}.{x}', 'k/{p+}_{x}/{d}'), 'a', ['k/']],
    [route('{d}/{p+}.{x}', 'k/{p+}_{x}/{d}'), 'a/b.c', ['k/b']],
    [route('{d}-{e}/{p+}', 'k/{d}/{e}/{p+}'), 'a-b-c/d', ['k/a-b/c/d']],
    [route('{d}-{e}/{p+}', 'k/{d}/{e}/{p+}'), 'a-b-', ['k/a']],
    // A key that continues like the path is known as far as the path.
    [{}, 'a.b/c.d', ['a.b/c.d']],
    [route('{x}.{y}', 'k/{x}.{y}'), 'a.b', ['k/a.b']],
    [route('{x}.{y}', 'k/{x}.{y}.z'), 'a.b', ['k/a.b']],
    [route('{d}/{x}.{y}', 'k/{x}.{y}/{d}'), 'a/b.c', ['k/b.c']],
    [route('{d}/{x}.{y}', 'k/{d}/{x}.{y}'), 'a/b.c', ['k/a/b.c']],
    [route('{d}/{x}.{y}.{z}', '{d}/{d}/{x}.{y}-{z}'), 'a/b.c.d.', ['a/a/b.c']],
    [route('{x}.jpg', 'k/{x}.jpg'), 'a.j', ['k/a']],
    [route('{x}.{y}.z', 'k/{x}.{y}'), 'a.b', ['k/a.b']],
    [route('{x}.{y}-{z}', 'k/{x}.{y}_{z}'), 'a.b-c', ['k/a.b']],
    [route('{x}.{y}-{z}', 'k/{x}.{y}_{z}'), 'a.b-c.', ['k/a.b']],
    [route('{x}.{y}-{z}', 'k/{x}.{z}-{y}'), 'a.b-c.', ['k/a']],
    // Slices.
    [route('{x[0:2]}/{x}', '{x[0:2]}/{x}'), 'ab', ['ab/ab']],
    [route('{x[0:2]}/{x}', '{x[0:2]}/{x}'), 'ab/', ['ab/ab']],
    [route('{x[0:2]}/{x}', '{x[0:1]}/{x[1:]}/{x}'), 'ab/', ['a/b']],
    [route('{x[0:2]}/{x}', '{x[0:4]}/{x}'), 'ab/', ['ab']],
    [route('{x[0:2]}/{x}', '{x[:-1]}/{x}'), 'ab/', ['a']],
    [route('{x[0:2]}/{x}', '{x[-1:]}/{x}'), 'ab/', ['']],
    [route('{x[-2:]}/{x}', 'k/{x}'), 'ab/', ['k/']],
    [route('{x[-2:]}/{x}/{y}', 'k/{x}/{y}'), 'ab/ccab/', ['k/ccab/']],
    [route('{x[-2:]}/{x}/{y}', 'k/{x}/{y}'), 'ab/ccba/', []],
    [route('{x[2:4]}/{x[0:2]}/{x}', 'k/{x}'), 'cd/', ['k/']],
    [route('{x[2:4]}/{x[0:2]}/{x}', 'k/{x}'), 'cd/ab/', ['k/abcd']],
    [route('{x[2:4]}/{x[0:3]}/{x}', 'k/{x}'), 'cd/abd', []],
    [route('{x[2:4]}/{x[0:3]}/{x}', 'k/{x}'), 'cd/abc', ['k/abcd']],
    [route('{x[1:]}/{x[0:1]}/{x}', 'k/{x}/y'), 'bc/a/', ['k/abc/y']],
    [route('{x[1:]}/{x[0:1]}/{x}', 'k/{x}/y'), 'bc/a/abcd', []],
    [route('{x[1:-1]}/{x[0:1]}/{x}', 'k/{x}/y'), 'bc/a/', ['k/abc']],
    [route('{x}/{x}', 'k/{x}/y'), 'ab/a', ['k/ab/y']],
    [route('{x}/{x}', 'k/{x}/y'), 'ab/c', []],
    // No key starts with half of a surrogate pair.
    [route('{x[0:3]}/{x}', 'k/{x[:-1]}/{x}'), 'a😀/', ['k/a']],
    [route('{x}/{y}', 'k/{x[1:]}/{x}/{y}'), '😀/', []],
    // Keys that no image can have.
    [route('{x}-{y}/{z}', '{x}/{y}/{z}'), '..-a/', []],
    [route('{x}/{y}', '{x}/{y}'), 'a'.repeat(1025), []],
    [{ prefix: 'ü', ...route('{x}/{y}', '{x}/{y}') }, 'a'.repeat(1022), []],
    [{ prefix: 'ü', ...route('{x}/{y}', '{x}/{y}') }, 'a'.repeat(1021), [`ü/${'a'.repeat(1021)}`]],
  ] as [Mapping, string, string[]][])('%j converts %j to %j', (mapping, prefix, keyPrefixes) => {
    expect(keyPrefixesOf(mapping, prefix)).toEqual(keyPrefixes);
  });

  test('returns the key prefixes of all routes that drop no names, in the order of their UTF-8 bytes', () => {
    const routes = ['\u{1f600}', '\uffee', 'b', 'a'].map((folder) => ({
      path: `x/{id}/${folder}`,
      key: `${folder}/{id}`,
    }));
    const lossy = { path: 'x/{size}/{id}/y', key: '0/{id}', lossy: true };
    expect(keyPrefixesOf({ prefix: 'i', routes: [lossy, ...routes] }, 'x/1')).toEqual([
      'i/a/1',
      'i/b/1',
      'i/\uffee/1',
      'i/\u{1f600}/1',
    ]);
  });

  test('omits key prefixes that another one covers', () => {
    const keys = ['k/c/{x}', 'k/b{x}', 'k/b/{x}', 'k/b/d/{x}', 'k/bb/{x}', 'k/a/{x}'];
    const routes = keys.map((key, index) => ({ path: `p/{x}/${index}`, key }));
    expect(keyPrefixesOf({ routes }, 'p/')).toEqual(['k/a/', 'k/b', 'k/c/']);
    expect(keyPrefixesOf({ routes: [PARTNERS, IDENTITY_ROUTE] }, '')).toEqual(['']);
    expect(keyPrefixesOf({ routes: [PARTNERS, IDENTITY_ROUTE] }, 'partnerimages/67/28/')).toEqual([
      'partnerimages/67/28/',
      'partners/6728',
    ]);
  });

  test('uses a route that permits loss but drops no name', () => {
    expect(keyPrefixesOf({ routes: [{ path: 'a/{x}', key: '{x}', lossy: true }] }, 'a/1')).toEqual(['1']);
  });
});

describe('explain', () => {
  const explain = (mapping: Mapping, path: string) => createPathMapping(mapping).explain(parseImagePath(path));

  test('returns the result of each route', () => {
    const last = { path: '{x}', key: '{x}' };
    expect(
      explain({ prefix: 'i', routes: [PARTNERS, IDENTITY_ROUTE, last] }, 'partnerimages/99/28/67286576.jpeg'),
    ).toEqual([
      { route: PARTNERS.path, reason: 'expected "67" for {id[0:2]}, found "99"' },
      { route: IDENTITY_ROUTE.path, key: 'i/partnerimages/99/28/67286576.jpeg', reason: 'matches the path' },
      { route: last.path, reason: 'not tried: route 2 matches the path' },
    ]);
  });

  test.each([
    [{ path: '{a}/{b}', key: '{a}-{b}' }, 'x/y-z', 'expected a text in which {a} matches "x", found "x-y-z"'],
    [{ path: '{a}.x', key: '{a}' }, '...x', 'its key, "..", has a "." or ".." segment (number 1)'],
    [{ path: '{a}', key: '{a}' }, 'a'.repeat(1025), 'its key has more than 1024 bytes'],
  ])('says why %j gives a matching path no key', (route, path, reason) => {
    expect(explain({ routes: [route, { path: '{z}.{y}', key: '{z}.{y}' }] }, path)).toEqual([
      { route: route.path, reason: `matches the path but gives it no key: ${reason}` },
      { route: '{z}.{y}', reason: 'not tried: route 1 matches the path' },
    ]);
  });
});

describe('createPathMapping', () => {
  test('normalises the prefix and returns the routes unchanged', () => {
    expect(createPathMapping({ prefix: 'a/b', routes: [PARTNERS, THUMBS] })).toMatchObject({
      prefix: 'a/b/',
      routes: [PARTNERS, THUMBS],
    });
    expect(createPathMapping()).toMatchObject({ prefix: '', routes: [IDENTITY_ROUTE] });
  });

  const route = { path: '{a}', key: '{a}' };
  test.each([
    [
      { prefix: '/a' },
      'prefix "/a": it has an empty segment (number 1): remove the extra slash; write a folder, such as "images/partners"',
    ],
    [{ prefix: '/' }, 'prefix "/": it is empty; write a folder, such as "images/partners"'],
    [{ prefix: 'a//' }, /^prefix "a\/\/": it ends with a slash/],
    [{ prefix: 'a/../b' }, /^prefix "a\/\.\.\/b": it has a "\." or "\.\." segment/],
    [{ prefix: 'a\n' }, /^prefix "a\\n": it has a control character/],
    [{ prefix: 'a'.repeat(1023) }, 'prefix: it leaves no room for a key of at most 1024 bytes; shorten it'],
    [{ prefix: 5 }, 'prefix: expected a string; write a folder, such as "images/partners"'],
    [{ prefix: '\ud800'.repeat(400) }, /^prefix ".*": it is not well-formed Unicode/],
    [null, 'expected {"prefix": "…", "routes": [{"path": "…", "key": "…"}]}'],
    ['x', /^expected \{"prefix"/],
    [{ rutes: [] }, '"rutes" is not a member of a mapping; use "prefix" and "routes"'],
    [{ routes: [] }, 'routes: expected a list of one or more {"path": "…", "key": "…"}'],
    [{ routes: 'x' }, 'routes: expected a list of one or more {"path": "…", "key": "…"}'],
    [
      { routes: [route, null] },
      'route 2: expected {"path": "…", "key": "…"}, optionally with "lossy": true; found "null"',
    ],
    [{ routes: ['x'] }, /^route 1: expected .*; found "\\"x\\""$/],
    [{ routes: [undefined] }, /^route 1: expected .*; found "nothing"$/],
    [{ routes: [{ path: 1, key: 'x' }] }, /^route 1: expected/],
    [{ routes: [{ path: 'x' }] }, /^route 1: expected/],
    [{ routes: [{ ...route, lossy: 'yes' }] }, /^route 1: expected/],
    [{ routes: [{ ...route, extra: 1 }] }, /^route 1: expected/],
    [{ routes: [{ path: 'a{', key: 'x' }] }, /^route 1, path, column 2: [^\n]*$/],
    [{ routes: [{ path: '{a}', key: '{' }] }, /^route 1, key, column 1: [^\n]*$/],
    [{ routes: [{ path: 'a{', key: '{b' }] }, /^route 1, path, column 2: .*\nroute 1, key, column 1: [^\n]*$/],
    [
      { routes: [{ path: 'x/{a[0:2]}', key: 'x' }] },
      'route 1, path, column 3: {a[0:2]} has no value; write {a} somewhere in the path',
    ],
    [
      { routes: [{ path: '{a}', key: '{a}/{b}' }] },
      'route 1, key, column 5: {b} has no value; write {b} in the path too',
    ],
    [
      { routes: [{ path: '{a}', key: '{a}/{b[0:1]}' }] },
      'route 1, key, column 5: {b[0:1]} has no value; write {b} in the path too',
    ],
    [
      { routes: [{ path: '{a}/{b}', key: '{b}' }] },
      'route 1, key, column 1: it drops {a}, so several paths would share one object; use {a} in the key, or set "lossy": true',
    ],
    [{ routes: [{ path: '{a}', key: '{a[0:2]}' }] }, /^route 1, key, column 1: it drops \{a\}/],
    [{ routes: [{ path: '{a}/{b}', key: '{b}', lossy: false }] }, /it drops/],
    [
      { routes: [route, { path: 'x', key: 'x' }, { path: '{z}', key: 'k/{z}' }] },
      'route 3, path, column 1: never reached, because route 1 has the same template; remove one of them',
    ],
  ] as [Mapping, string | RegExp][])('rejects %j', (mapping, message) => {
    expect(() => createPathMapping(mapping)).toThrow(expect.objectContaining({ code: 'invalid-mapping' }));
    expect(() => createPathMapping(mapping)).toThrow(
      typeof message === 'string' ? new RegExp(`^${escapeRegExp(message)}$`) : message,
    );
  });

  test('lists every fault of a mapping in one error', () => {
    const faults = {
      prefix: '/',
      routes: [
        { path: '{', key: '}' },
        { path: '{a}', key: 'x' },
        { path: '{b}', key: '{c}' },
      ],
    };
    let message = '';
    try {
      createPathMapping(faults);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n').map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'prefix "/"',
      'route 1, path, column 1',
      'route 1, key, column 1',
      'route 2, key, column 1',
      'route 3, key, column 1',
      'route 3, key, column 1',
      'route 3, path, column 1',
    ]);
  });
});

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
