/** Media types by file extension (lower case), as registered with IANA if they are. */
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

/** The extensions that the kind `image` accepts, in lower case and alphabetical order. */
export const IMAGE_EXTENSIONS: readonly string[] = [...MEDIA_TYPES.keys()];

/** Whether images have this extension. It has no dot and may be in upper or lower case. */
export const isImageExtension = (extension: string): boolean => MEDIA_TYPES.has(extension.toLowerCase());

/** The media type for the extension of a path or key, in any case; undefined if images do not have this extension. */
export const mediaTypeOf = (path: string): string | undefined => {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? undefined : MEDIA_TYPES.get(path.slice(dot + 1).toLowerCase());
};
