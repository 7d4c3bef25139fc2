import { describe, expect, test } from 'vitest';
import { compileTemplate, formatTemplate, Mismatch, matchTemplate } from '../../../src/domain/mapping/template.ts';

const match = (source: string, text: string) => {
  const template = compileTemplate(source);
  const values = matchTemplate(template, text);
  return values instanceof Mismatch
    ? values.reason
    : Object.fromEntries(template.names.map((name, index) => [name, values[index]]));
};

const format = (source: string, values: Record<string, string>) => {
  const result = formatTemplate(compileTemplate(source, Object.keys(values)), Object.values(values));
  return result instanceof Mismatch ? { refused: result.reason } : result;
};

describe('a template', () => {
  test('compiles and matches as in the example of CompiledTemplate', () => {
    const template = compileTemplate('shops/{shop}/{folder+}/{id[0:2]}/{id}.{ext}');
    expect(template.parts.map(({ literal, placeholder }) => [literal, placeholder.source])).toEqual([
      ['shops/', '{shop}'],
      ['/', '{folder+}'],
      ['/', '{id[0:2]}'],
      ['/', '{id}'],
      ['.', '{ext}'],
    ]);
    expect(template).toMatchObject({
      leadingLiteral: 'shops/',
      trailingLiteral: '',
      slashesBeforeMultiSegment: 2,
      names: ['shop', 'folder', 'id', 'ext'],
      firstWholeIndexes: [0, 1, 3, 4],
      agreements: [{ index: 2, wholeIndex: 3 }],
    });
    expect(matchTemplate(template, 'shops/acme/2024/may/67/6728.v2.jpg')).toEqual([
      'acme',
      '2024/may',
      '6728.v2',
      'jpg',
    ]);
  });

  test.each([
    ['{a}', 'x', { a: 'x' }],
    ['x', 'x', {}],
    ['a/b.c', 'a/b.c', {}],
    ['{{{a}}}', '{x}', { a: 'x' }],
    ['{id}.{ext}', 'a.b.jpg', { id: 'a.b', ext: 'jpg' }],
    ['{a}-{b}-{c}', '1-2-3-4', { a: '1-2', b: '3', c: '4' }],
    ['{a}--{b}', 'x---y', { a: 'x-', b: 'y' }],
    ['a{x}', 'aab', { x: 'ab' }],
    ['{q}/a{x}', 'q/aab', { q: 'q', x: 'ab' }],
    ['img-{a}.{b}', 'img-img-.x', { a: 'img-', b: 'x' }],
    ['{a}/{a}', 'x/x', { a: 'x' }],
    ['{id[0:2]}/{id}', 'ab/abc', { id: 'abc' }],
    ['{id[-2:]}/{id}', 'bc/abc', { id: 'abc' }],
    ['{id[:-1]}/{id}', 'ab/abc', { id: 'abc' }],
    ['{id[-2:2]}/{id}', 'b/abc', { id: 'abc' }],
    ['{id[1:-1]}/{id}', 'b/abc', { id: 'abc' }],
    ['{id[-2:-1]}/{id}', 'b/abc', { id: 'abc' }],
    ['{id[:]}/{id}', 'abc/abc', { id: 'abc' }],
    ['{id[10:12]}/{id}', 'kl/abcdefghijklm', { id: 'abcdefghijklm' }],
    ['{p+}', 'a/b/c', { p: 'a/b/c' }],
    ['{p+}.{ext:image}', 'a/b/c.JPG', { p: 'a/b/c', ext: 'JPG' }],
    ['{x}/{p+}.{e}', 'a/b/c.d', { x: 'a', p: 'b/c', e: 'd' }],
    ['{x}-{y}/{p+}/b/{z}.{e}', '1-2/a/b/b/c.d', { x: '1', y: '2', p: 'a/b', z: 'c', e: 'd' }],
    ['{p+}-{size}.{ext}', 'a-b/c-10.png', { p: 'a-b/c', size: '10', ext: 'png' }],
    ['{n:digits}', '0123456789', { n: '0123456789' }],
    ['{n:hex}', '09af', { n: '09af' }],
    ['{n:alnum}', '09azAZ', { n: '09azAZ' }],
    ['{constructor}', 'x', { constructor: 'x' }],
  ])('%s matches %j', (template, text, values) => {
    expect(match(template, text)).toEqual(values);
    expect(format(template, values as Record<string, string>)).toBe(text);
  });

  test.each([
    ['{id}.{ext}', '.jpg', 'expected one or more characters of one segment for {id}, found ""'],
    ['{id}.{ext}', 'a.', 'expected "." before {ext}, found "a."'],
    ['{id}.{ext}', 'a', 'expected "." before {ext}, found "a"'],
    ['{a}.{b}-{c}', 'x-y', 'expected "." before {b}, found "x"'],
    ['{a}', 'x/y', 'expected one or more characters of one segment for {a}, found "x/y"'],
    ['{a}', '', 'expected one or more characters of one segment for {a}, found ""'],
    ['a{x}', 'a', 'expected one or more characters of one segment for {x}, found ""'],
    ['a{x}', 'bx', 'expected "a" at the start, found "bx"'],
    ['{x}a', 'xb', 'expected "a" at the end, found "xb"'],
    ['xyz', 'yz', 'expected "xyz", found "yz"'],
    ['y', 'xy', 'expected "y", found "xy"'],
    ['xyx', 'xyxzxyx', 'expected "xyx", found "xyxzxyx"'],
    ['x/{a}', 'x/y/z', 'expected one or more characters of one segment for {a}, found "y/z"'],
    ['{a}/{b}', 'x/y/z', 'expected one or more characters of one segment for {a}, found "x/y"'],
    ['{a}/{a}', 'x/y', 'expected "x" for {a}, found "y"'],
    ['{id[0:2]}/{id}', '67/9912', 'expected "99" for {id[0:2]}, found "67"'],
    ['{n:digits}', '1a', 'expected digits for {n:digits}, found "1a"'],
    ['{n:digits}', 'a1', 'expected digits for {n:digits}, found "a1"'],
    ['{n:digits}', '٣', 'expected digits for {n:digits}, found "٣"'],
    ['{n:hex}', 'AF', 'expected lower-case hexadecimal digits for {n:hex}, found "AF"'],
    ['{n:hex}', 'ag', 'expected lower-case hexadecimal digits for {n:hex}, found "ag"'],
    ['{n:hex}', 'ga', 'expected lower-case hexadecimal digits for {n:hex}, found "ga"'],
    ['{n:alnum}', 'a-', 'expected ASCII letters and digits for {n:alnum}, found "a-"'],
    ['{n:alnum}', '-a', 'expected ASCII letters and digits for {n:alnum}, found "-a"'],
    ['{a}.{n:image}', 'a.pdf', /^expected an image extension \(apng, avif, .*, webp\) for \{n:image\}, found "pdf"$/],
    ['{p+}.{e}', 'a/.jpg', 'expected one or more whole segments for {p+}, found "a/"'],
    ['{p+}', '/a', 'expected one or more whole segments for {p+}, found "/a"'],
    ['{p+}', 'a//b', 'expected one or more whole segments for {p+}, found "a//b"'],
    ['x/y/{p+}', 'x/y', 'expected "x/y/" at the start, found "x/y"'],
    ['{x}/y/{p+}', 'x/y', 'expected at least 3 segments, found "x/y"'],
    ['{x}/y/{p+}', 'x/z/a', 'expected "/y/" before {p+}, found "x/z/a"'],
    ['x/{p+}', 'xx/z', 'expected "x/" at the start, found "xx/z"'],
    ['{p+}/x/{a}', 'x/y', 'expected "/x/" before {a}, found "x/y"'],
    ['{a}/{p+}-{b}', 'x-y/z', 'expected one or more characters of one segment for {b}, found "y/z"'],
    ['{a}', 'x/'.repeat(40), /found "(?:x\/){29}x…"$/],
  ])('%s does not match %j', (template, text, reason) => {
    expect(match(template, text)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });

  test.each([
    ['{a}-{b}', { a: 'x', b: 'y-z' }, 'expected a text in which {a} matches "x", found "x-y-z"'],
    ['{q}/{a}-{b}', { q: '1', a: 'x', b: 'y-z' }, 'expected a text in which {a} matches "x", found "1/x-y-z"'],
    ['{a}', { a: 'x/y' }, 'expected one or more characters of one segment for {a}, found "x/y"'],
    ['{a}', {}, 'expected a value for {a}, found ""'],
    ['{id[2:4]}/{id}', { id: '1' }, 'expected one or more characters of one segment for {id[2:4]}, found ""'],
    ['{n:digits}', { n: 'x' }, 'expected digits for {n:digits}, found "x"'],
    ['{p+}.{e}', { p: 'a/', e: 'x' }, 'expected one or more whole segments for {p+}, found "a/"'],
  ])('%s refuses to format %j', (template, values, refused) => {
    expect(format(template, values)).toEqual({ refused });
  });

  test('formats a slice of a name that it does not contain whole', () => {
    expect(format('{id[0:2]}/x', { id: 'abc' })).toBe('ab/x');
    expect(match('{id[0:2]}/x', 'ab/x')).toEqual({});
  });

  test('reads and returns values in the given order, and returns an empty value for a name that it lacks', () => {
    const key = compileTemplate('{b}-{a}', ['a', 'c', 'b']);
    expect(matchTemplate(key, '2-1')).toEqual(['1', '', '2']);
    expect(formatTemplate(key, ['1', '', '2'])).toBe('2-1');
  });

  test.each([
    ['x/y', ['x', 'y']],
    ['x/y/{a}', ['x', 'y']],
    ['x/y{a}', ['x']],
    ['x{a}/y', []],
    ['{a+}/x', []],
    ['{{/{a}', ['{']],
  ])('%s starts with the literal segments %j', (template, segments) => {
    expect(compileTemplate(template).literalSegments).toEqual(segments);
  });

  test.each([
    ['{a}/{b}', '{x}/{y}', true],
    ['{a[0:1]}/{a}', '{b[0:1]}/{b}', true],
    ['{a[0:1]}/{a}', '{b[0:2]}/{b}', false],
    ['{a}/{a}', '{a}/{b}', false],
    ['{a}', '{a+}', false],
    ['{a:digits}', '{a:hex}', false],
    ['{a}-x', '{a}-y', false],
  ])('whether %s and %s have the same shape is %s', (one, other, same) => {
    expect(compileTemplate(one).shape === compileTemplate(other).shape).toBe(same);
  });
});

test.each([
  ['', 'column 1: the template is empty; write at least one segment, such as {path+}'],
  ['a}', 'column 2: a "}" has no opening "{"; write }} for a literal brace'],
  ['a{b', 'column 2: a "{" is never closed; close it with }, or write {{ for a literal brace'],
  [
    'a/{}',
    'column 3: {} is not a placeholder; write {name}, {name+}, {name:kind} or {name[start:end]}, or {{ for a literal brace',
  ],
  ['{1a}', /^column 1: \{1a\} is not a placeholder/],
  ['{a{b}', /^column 1: \{a\{b\} is not a placeholder/],
  ['{a b}', /^column 1: \{a b\} is not a placeholder/],
  ['{a[1]}', /^column 1: \{a\[1\]\} is not a placeholder/],
  ['{a[x:y]}', /^column 1: \{a\[x:y\]\} is not a placeholder/],
  ['x{a[0:1]+}', /^column 2: \{a\[0:1\]\+\} is not a placeholder/],
  ['{a[-:2]}', /^column 1: \{a\[-:2\]\} is not a placeholder/],
  ['{a[:-]}', /is not a placeholder/],
  ['x/{a[3:1]}', 'column 3: the slice of {a[3:1]} is always empty; make its end greater than its start'],
  ['{a[2:2]}', /always empty/],
  ['{a[:0]}', /always empty/],
  ['{a[-2:0]}', /always empty/],
  ['{a[-1:-3]}', /always empty/],
  ['{a[-2:-2]}', /always empty/],
  ['{a:constructor}', /the kind of \{a:constructor\} does not exist/],
  ['{a:}', 'column 1: the kind of {a:} does not exist; use one of digits, hex, alnum, image'],
  ['x/{a:word}', 'column 3: the kind of {a:word} does not exist; use one of digits, hex, alnum, image'],
  [
    '{a+:digits}',
    'column 1: {a+:digits} has more than one of "+", a slice and a kind; keep one of them, and write the kind on the placeholder without a slice',
  ],
  ['{a+[0:1]}', /more than one of/],
  ['{a[0:1]:digits}', /more than one of/],
  ['{a}{b}', 'column 4: {a} and {b} are adjacent, so the end of {a} is ambiguous; put a literal between them'],
  ['{a[0:1]}{a}', /are adjacent/],
  ['{a+}/{b+}', 'column 6: {b+} is the second {name+}, but a template can have only one; write {name} for one of them'],
  ['x{a+}', 'column 2: {a+} matches whole segments but starts inside one; put a slash in front of it'],
  ['{a}-{b+}', /starts inside one/],
  [
    '/a',
    'column 1: an empty segment never matches; remove the slash: a template must not start or end with a slash, or have two in a row',
  ],
  [
    '{a}/',
    'column 4: an empty segment never matches; remove the slash: a template must not start or end with a slash, or have two in a row',
  ],
  ['{a}//{b}', /^column 4: an empty segment/],
  ['./a', 'column 1: a "." or ".." segment never matches; remove it'],
  ['{abc}/..', 'column 6: a "." or ".." segment never matches; remove it'],
  ['a\u0000', 'column 2: the character "\\u0000" never matches; remove it'],
  ['a\u007f', /^column 2: the character/],
  ['{{\ud800', /^column 3: the character "\\ud800"/],
])('compileTemplate rejects %j', (template, message) => {
  expect(() => compileTemplate(template)).toThrow(
    expect.objectContaining({ name: 'ImageError', code: 'invalid-mapping' }),
  );
  expect(() => compileTemplate(template)).toThrow(message);
});
