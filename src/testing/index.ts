export { hostilePaths, imagePaths, mappings, pathsMatching } from './arbitraries.ts';
export { type FilledStore, type ImageStoreCheck, imageStoreChecks } from './image-store-contract.ts';
export { type Law, mappingLaws, pathLaws } from './laws.ts';
export { listingLaws } from './listing-laws.ts';
