import { describe, expect, test } from 'vitest';
import { isImageExtension, mediaTypeOf } from '../../../src/domain/mapping/media-type.ts';
import type { ImageInfo } from '../../../src/domain/serving/ports.ts';
import { isSvg, represent } from '../../../src/domain/serving/representation.ts';

const INFO: ImageInfo = {
  size: 3,
  etag: '"a"',
  lastModified: 1,
  contentType: 'image/webp',
  contentEncoding: 'gzip',
  cacheControl: 'public',
};
const of = (changes: Partial<ImageInfo>, key = 'a.jpg') => represent({ ...INFO, ...changes }, key, 'private');

describe('represent', () => {
  test('keeps well-formed metadata', () => {
    expect(of({})).toEqual({
      size: 3,
      etag: '"a"',
      lastModified: 1,
      contentType: 'image/webp',
      contentEncoding: 'gzip',
      cacheControl: 'public',
    });
  });

  test.each([
    ['image/png', 'image/png'],
    ['IMAGE/PNG', 'IMAGE/PNG'],
    ['image/svg+xml; charset=utf-8', 'image/svg+xml; charset=utf-8'],
    ['image/vnd.x-y_z!#$&^.1', 'image/vnd.x-y_z!#$&^.1'],
    ['image/', 'image/jpeg'],
    ['ximage/png', 'image/jpeg'],
    ['text/html', 'image/jpeg'],
    ['binary/octet-stream', 'image/jpeg'],
    ['image/png\r\nx: y', 'image/jpeg'],
    ['image/png;\u0000', 'image/jpeg'],
    ['image/png; ü', 'image/jpeg'],
    ['image/png x', 'image/jpeg'],
    // Browsers use the type after the last comma.
    ['image/png;,text/html', 'image/jpeg'],
    ['image/png, text/html', 'image/jpeg'],
    ['image/png\n;x', 'image/jpeg'],
    ['image/png\u2028;x', 'image/jpeg'],
    [`image/${'x'.repeat(127)}`, `image/${'x'.repeat(127)}`],
    [`image/${'x'.repeat(128)}`, 'image/jpeg'],
    [`image/png;${'x'.repeat(255)}`, `image/png;${'x'.repeat(255)}`],
    [`image/png;${'x'.repeat(256)}`, 'image/jpeg'],
    ['', 'image/jpeg'],
    [undefined, 'image/jpeg'],
  ])('converts the content type %j to %j', (contentType, answered) => {
    expect(of({ contentType }).contentType).toBe(answered);
  });

  test('returns application/octet-stream for an unknown extension', () => {
    expect(of({ contentType: undefined }, 'a.xyz').contentType).toBe('application/octet-stream');
  });

  test.each([
    ['gzip', 'gzip'],
    ['deflate, gzip,br', 'deflate, gzip,br'],
    // The SDK uses aws-chunked for uploads, and S3 stores the object without it.
    ['aws-chunked', undefined],
    ['aws-chunked,aws-chunked', undefined],
    ['gzip,aws-chunked', 'gzip'],
    ['aws-chunked, gzip', 'gzip'],
    ['br, AWS-Chunked ,gzip', 'br,gzip'],
    ['gzip,,br', undefined],
    ['aws-chunked2', 'aws-chunked2'],
    ['', undefined],
    ['gzip\nx: y', undefined],
    ['x'.repeat(33), undefined],
    ['a,b,c,d,e', undefined],
    [undefined, undefined],
  ])('converts the content encoding %j to %j', (contentEncoding, answered) => {
    expect(of({ contentEncoding }).contentEncoding).toBe(answered);
  });

  test.each([
    ['no-store', 'no-store'],
    ['x', 'x'],
    ['max-age=1, private', 'max-age=1, private'],
    ['x'.repeat(1024), 'x'.repeat(1024)],
    ['x'.repeat(1025), 'private'],
    ['a\nb', 'private'],
    [' a', 'private'],
    ['a ', 'private'],
    ['ü', 'private'],
    ['', 'private'],
    [undefined, 'private'],
  ])('converts the Cache-Control %j to %j', (cacheControl, answered) => {
    expect(of({ cacheControl }).cacheControl).toBe(answered);
  });

  test.each([
    ['"a-1"', true],
    ['""', true],
    ['W/"x"', true],
    [`"${'x'.repeat(1022)}"`, true],
    [`"${'x'.repeat(1023)}"`, false],
    ['a', false],
    ['"a', false],
    ['a"', false],
    ['x"a"', false],
    ['"a"x', false],
    ['w/"a"', false],
    ['"a b"', false],
    ['"a"b"', false],
    ['"a\n"', false],
    [undefined, false],
  ])('accepts the ETag %j: %s', (etag, accepted) => {
    expect(of({ etag }).etag).toBe(accepted ? etag : undefined);
  });

  test.each([
    [0, true],
    [253_402_300_799_999, true],
    [253_402_300_800_000, false],
    [-1, false],
    [Number.NaN, false],
    [undefined, false],
  ])('accepts the date %s: %s', (lastModified, accepted) => {
    expect(of({ lastModified }).lastModified).toBe(accepted ? lastModified : undefined);
  });
});

test.each([
  ['image/svg+xml', true],
  ['IMAGE/SVG+XML; charset=utf-8', true],
  ['image/svg', true],
  ['image/svg ;x', true],
  ['image/svg+json', false],
  ['image/png', false],
  ['image/png; image/svg+xml', false],
])('isSvg returns for %j: %s', (contentType, svg) => {
  expect(isSvg(contentType)).toBe(svg);
});

test.each([
  ['a.jpg', 'image/jpeg'],
  ['a.b/c.JPeG', 'image/jpeg'],
  ['.avif', 'image/avif'],
  ['jpg', undefined],
  ['a.b/jpg', undefined],
  ['a.', undefined],
  ['', undefined],
])('mediaTypeOf returns for %j: %j', (path, type) => {
  expect(mediaTypeOf(path)).toBe(type);
});

test.each(
  'apng:image/apng avif:image/avif bmp:image/bmp gif:image/gif heic:image/heic heif:image/heif ico:image/vnd.microsoft.icon jfif:image/jpeg jpe:image/jpeg jpeg:image/jpeg jpg:image/jpeg jxl:image/jxl png:image/png svg:image/svg+xml tif:image/tiff tiff:image/tiff webp:image/webp'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
)('the extension .%s has the media type %s', (extension, type) => {
  expect(isImageExtension(extension.toUpperCase())).toBe(true);
  expect(mediaTypeOf(`x.${extension}`)).toBe(type);
});
