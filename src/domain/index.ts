export { ImageError, type ImageErrorCode } from './errors.ts';
export { formatImagePath, type ImagePath, parseImagePath } from './image-path.ts';
export { mediaTypeOf } from './media-type.ts';
export {
  createPathMapping,
  type Explanation,
  IDENTITY_ROUTE,
  type MappedKey,
  type Mapping,
  type PathMapping,
  type Route,
} from './path-mapping.ts';
