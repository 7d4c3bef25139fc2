import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { invalidPath, missingPaths } from '../../../src/cli/verify/derived-paths.ts';
import { createPathMapping, ImageError, parseImagePath } from '../../../src/domain/index.ts';

const segment = fc
  .array(fc.constantFrom('a', 'B', '0', '7', '-', '.', '%20', '%C3%A4', '%7E'), { minLength: 1, maxLength: 6 })
  .map((parts) => `x${parts.join('')}`);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}.jpg`);

it('derives other paths with the same extension, none of which is the sample', () => {
  fc.assert(
    fc.property(path, (sample) => {
      const derived = missingPaths(sample);
      expect(derived.length).toBeGreaterThan(0);
      for (const other of derived) {
        expect(parseImagePath(other)).not.toBe(parseImagePath(sample));
        expect(other.endsWith('.jpg')).toBe(true);
      }
    }),
  );
});

it('derives first a path that matches the same route, if the route repeats digits of an ID', () => {
  const mapping = createPathMapping({
    prefix: '',
    routes: [{ path: 'images/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}', key: '{id}/original.{ext}' }],
  });
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 99_999_999 }).map(String), (id) => {
      const [first = ''] = missingPaths(`/images/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}.jpeg`);
      expect(mapping.keyOf(parseImagePath(first)).key).not.toBe(`${id}/original.jpeg`);
    }),
  );
});

test.each([
  ['/67/6728.jpeg', '/90/9051.jpeg'],
  ['/v2/a.jpg', '/v5/a.jpg'],
  ['/%C3%A4/b.png', '/%C3%A4/b-missing.png'],
  ['/b', '/b-missing'],
  ['/.hidden', '/.hidden-missing'],
])('missingPaths(%s) starts with %s', (sample, first) => {
  expect(missingPaths(sample)[0]).toBe(first);
});

it('derives an invalid path from every path', () => {
  fc.assert(
    fc.property(path, (sample) => {
      expect(() => parseImagePath(invalidPath(sample))).toThrow(ImageError);
    }),
  );
});
