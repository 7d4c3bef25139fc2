/** File extensions of images (lower case) and their media types, as registered with IANA where they are. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['apng', 'image/apng'],
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['ico', 'image/vnd.microsoft.icon'],
  ['jfif', 'image/jpeg'],
  ['jpe', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['jxl', 'image/jxl'],
  ['png', 'image/png'],
  ['svg', 'image/svg+xml'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['webp', 'image/webp'],
]);

/** The extensions that the mapping's kind `image` accepts, lower case, in alphabetical order. */
export const IMAGE_EXTENSIONS: readonly string[] = [...MEDIA_TYPES.keys()];

/** Whether `extension`, without its dot and in any case, is one of an image. */
export const isImageExtension = (extension: string): boolean => MEDIA_TYPES.has(extension.toLowerCase());

/** The media type that the extension of a path or key tells, in any case; undefined where it tells none. */
export const mediaTypeOf = (path: string): string | undefined => {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? undefined : MEDIA_TYPES.get(path.slice(dot + 1).toLowerCase());
};
