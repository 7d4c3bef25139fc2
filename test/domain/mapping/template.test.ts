import { describe, expect, test } from 'vitest';
import { Mismatch, parseTemplate } from '../../../src/domain/mapping/template.ts';

const match = (template: string, text: string) => {
  const { names, match } = parseTemplate(template);
  const values = match(text);
  return values instanceof Mismatch
    ? values.reason
    : Object.fromEntries(names.map((name, index) => [name, values[index]]));
};

const format = (template: string, values: Record<string, string>) => {
  const result = parseTemplate(template, Object.keys(values)).format(Object.values(values));
  return result instanceof Mismatch ? { refused: result.reason } : result;
};

describe('a template', () => {
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
    ['{x}/y/{p+}', 'x/y', 'expected more than 2 segments, found "x/y"'],
    ['{x}/y/{p+}', 'x/z/a', 'expected "/y/" before {p+}, found "x/z/a"'],
    ['x/{p+}', 'xx/z', 'expected "x/" at the start, found "xx/z"'],
    ['{p+}/x/{a}', 'x/y', 'expected "/x/" before {a}, found "x/y"'],
    ['{a}/{p+}-{b}', 'x-y/z', 'expected one or more characters of one segment for {b}, found "y/z"'],
    ['{a}', 'x/'.repeat(40), /found "(?:x\/){29}x…"$/],
  ])('%s does not match %j', (template, text, reason) => {
    expect(match(template, text)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });

  test.each([
    ['{a}-{b}', { a: 'x', b: 'y-z' }, 'expected a text that gives {a} back as "x", found "x-y-z"'],
    ['{q}/{a}-{b}', { q: '1', a: 'x', b: 'y-z' }, 'expected a text that gives {a} back as "x", found "1/x-y-z"'],
    ['{a}', { a: 'x/y' }, 'expected one or more characters of one segment for {a}, found "x/y"'],
    ['{a}', {}, 'expected a value for {a}, found ""'],
    ['{id[2:4]}/{id}', { id: '1' }, 'expected one or more characters of one segment for {id[2:4]}, found ""'],
    ['{n:digits}', { n: 'x' }, 'expected digits for {n:digits}, found "x"'],
    ['{p+}.{e}', { p: 'a/', e: 'x' }, 'expected one or more whole segments for {p+}, found "a/"'],
  ])('%s refuses to write %j', (template, values, refused) => {
    expect(format(template, values)).toEqual({ refused });
  });

  test('writes a slice of a name that it does not hold whole', () => {
    expect(format('{id[0:2]}/x', { id: 'abc' })).toBe('ab/x');
    expect(match('{id[0:2]}/x', 'ab/x')).toEqual({});
  });

  test('gives and takes the values in the order that it is told, and none for a name that it does not hold', () => {
    const key = parseTemplate('{b}-{a}', ['a', 'c', 'b']);
    expect(key.match('2-1')).toEqual(['1', '', '2']);
    expect(key.format(['1', '', '2'])).toBe('2-1');
  });

  test.each([
    ['x/y', ['x', 'y']],
    ['x/y/{a}', ['x', 'y']],
    ['x/y{a}', ['x']],
    ['x{a}/y', []],
    ['{a+}/x', []],
    ['{{/{a}', ['{']],
  ])('%s has the head %j', (template, head) => {
    expect(parseTemplate(template).head).toEqual(head);
  });

  test.each([
    ['{a}/{b}', '{x}/{y}', true],
    ['{a[0:1]}/{a}', '{b[0:1]}/{b}', true],
    ['{a[0:1]}/{a}', '{b[0:2]}/{b}', false],
    ['{a}/{a}', '{a}/{b}', false],
    ['{a}', '{a+}', false],
    ['{a:digits}', '{a:hex}', false],
    ['{a}-x', '{a}-y', false],
  ])('%s and %s have the same shape: %s', (one, other, same) => {
    expect(parseTemplate(one).shape === parseTemplate(other).shape).toBe(same);
  });
});

test.each([
  ['', 'column 1: the template is empty; write at least one segment, such as {path+}'],
  ['a}', 'column 2: a "}" closes nothing; write }} for a literal brace'],
  ['a{b', 'column 2: a "{" is never closed; close it with }, or write {{ for a literal brace'],
  [
    'a/{}',
    'column 3: {} is no placeholder; write {name}, {name+}, {name:kind} or {name[start:end]}, or {{ for a literal brace',
  ],
  ['{1a}', /^column 1: \{1a\} is no placeholder/],
  ['{a b}', /^column 1: \{a b\} is no placeholder/],
  ['{a[1]}', /^column 1: \{a\[1\]\} is no placeholder/],
  ['{a[x:y]}', /^column 1: \{a\[x:y\]\} is no placeholder/],
  ['x{a[0:1]+}', /^column 2: \{a\[0:1\]\+\} is no placeholder/],
  ['{a[-:2]}', /^column 1: \{a\[-:2\]\} is no placeholder/],
  ['{a[:-]}', /is no placeholder/],
  ['x/{a[3:1]}', 'column 3: {a[3:1]} is a slice that is always empty; let it end behind its start'],
  ['{a[2:2]}', /always empty/],
  ['{a[:0]}', /always empty/],
  ['{a[-2:0]}', /always empty/],
  ['{a[-1:-3]}', /always empty/],
  ['{a[-2:-2]}', /always empty/],
  ['{a:}', 'column 1: {a:} names no kind; use one of digits, hex, alnum, image'],
  ['x/{a:word}', 'column 3: {a:word} names no kind; use one of digits, hex, alnum, image'],
  [
    '{a+:digits}',
    'column 1: {a+:digits} mixes "+", a slice and a kind; keep one of them; give a kind where the name stands whole',
  ],
  ['{a+[0:1]}', /mixes/],
  ['{a[0:1]:digits}', /mixes/],
  ['{a}{b}', 'column 4: {a} and {b} stand side by side, so no text tells where one ends; put a literal between them'],
  ['{a[0:1]}{a}', /stand side by side/],
  ['{a+}/{b+}', 'column 6: {b+} is the second {name+}; keep one; use {name} for the other'],
  ['x{a+}', 'column 2: {a+} takes whole segments, but starts inside one; put a slash before it'],
  ['{a}-{b+}', /starts inside one/],
  [
    '/a',
    'column 1: an empty segment matches nothing; remove the slash: templates have none at their ends, nor two in a row',
  ],
  [
    '{a}/',
    'column 4: an empty segment matches nothing; remove the slash: templates have none at their ends, nor two in a row',
  ],
  ['{a}//{b}', /^column 4: an empty segment/],
  ['./a', 'column 1: no path and no key has a "." or ".." segment; remove it'],
  ['{abc}/..', 'column 6: no path and no key has a "." or ".." segment; remove it'],
  ['a\u0000', 'column 2: the character "\\u0000" is in no path and no key; remove it'],
  ['a\u007f', /^column 2: the character/],
  ['{{\ud800', /^column 3: the character "\\ud800"/],
])('the template %j is refused', (template, message) => {
  expect(() => parseTemplate(template)).toThrow(
    expect.objectContaining({ name: 'ImageError', code: 'invalid-mapping' }),
  );
  expect(() => parseTemplate(template)).toThrow(message);
});
