export { ImageError, type ImageErrorCode } from './errors.ts';
export { formatImagePath, type ImagePath, parseImagePath } from './mapping/image-path.ts';
export { mediaTypeOf } from './mapping/media-type.ts';
export {
  createPathMapping,
  type Explanation,
  IDENTITY_ROUTE,
  type MappedKey,
  type Mapping,
  type PathMapping,
  type Route,
} from './mapping/path-mapping.ts';
