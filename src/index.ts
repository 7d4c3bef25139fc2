/** Entry point `images-api`: everything that runs without other packages. */
export {
  type ApiGatewayDependencies,
  type ApiGatewayHandlers,
  createApiGatewayHandlers,
  type InvocationContext,
  type Prelude,
  type ProxyResult,
} from './adapters/api-gateway/handler.ts';
export { createDirectoryImageIndex } from './adapters/directory-image-index.ts';
export { createDirectoryImageStore } from './adapters/directory-image-store.ts';
export { createLocalGateway, type Integration, type LocalGatewayOptions } from './adapters/local-gateway/server.ts';
export { createMemoryImageIndex } from './adapters/memory-image-index.ts';
export { createMemoryImageStore, type MemoryImage } from './adapters/memory-image-store.ts';
export type { RequestLog, RequestRecord } from './adapters/request-log.ts';
export { createWatchdog } from './adapters/watchdog.ts';
export {
  createPathMapping,
  type Explanation,
  formatImagePath,
  IDENTITY_ROUTE,
  ImageError,
  type ImageErrorCode,
  type ImagePath,
  type MappedKey,
  type Mapping,
  mediaTypeOf,
  type PathMapping,
  parseImagePath,
  type Route,
} from './domain/index.ts';
export {
  createListImages,
  type ListedImage,
  type ListImages,
  type ListImagesDependencies,
  type ListingPart,
  type ListRequest,
} from './domain/listing/list-images.ts';
export type { ImageIndex, IndexedImage, IndexPage, ListOptions } from './domain/listing/ports.ts';
export { type ByteRange, type RequestedRange, resolveRange } from './domain/serving/byte-range.ts';
export {
  createLocateImages,
  type LocatedImage,
  type LocateImages,
  type LocateImagesDependencies,
  type LocateRequest,
} from './domain/serving/locate-images.ts';
export type {
  AbortSignalLike,
  Clock,
  CreateWatchdog,
  DescribeOptions,
  ImageBody,
  ImageInfo,
  ImageLocation,
  ImageLocator,
  ImageStore,
  LocateOptions,
  OpenImage,
  OpenOptions,
  Watchdog,
  WatchdogOptions,
} from './domain/serving/ports.ts';
export type { Representation } from './domain/serving/representation.ts';
export { createResumingImageStore, type ResumingImageStoreOptions } from './domain/serving/resuming-image-store.ts';
export {
  createServeImage,
  type ImageOutcome,
  type ImageRequest,
  type ImageResponse,
  type ServeImage,
  type ServeImageDependencies,
} from './domain/serving/serve-image.ts';
