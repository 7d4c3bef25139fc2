import { expect, test } from 'vitest';
import { mediaTypeOf } from '../../../src/domain/index.ts';
import { IMAGE_EXTENSIONS } from '../../../src/domain/mapping/media-type.ts';

test.each([
  ['a/b.jpg', 'image/jpeg'],
  ['a/b.JPEG', 'image/jpeg'],
  ['a.png/b.svg', 'image/svg+xml'],
  ['a.png.webp', 'image/webp'],
  ['.gif', 'image/gif'],
  ['a.txt', undefined],
  ['a.', undefined],
  ['png', undefined],
  ['a.constructor', undefined],
])('mediaTypeOf(%j) is %j', (path, mediaType) => {
  expect(mediaTypeOf(path)).toBe(mediaType);
});

test('IMAGE_EXTENSIONS are sorted, and each has a media type of images', () => {
  expect(IMAGE_EXTENSIONS).toEqual([...IMAGE_EXTENSIONS].sort());
  expect(IMAGE_EXTENSIONS.filter((extension) => !mediaTypeOf(`a.${extension}`)?.startsWith('image/'))).toEqual([]);
});
