export { hostilePaths, imagePaths, mappings, pathsMatching } from './arbitraries.ts';
export type { ContractCheck } from './contract.ts';
export {
  type FilledIndex,
  type ImageIndexCheck,
  type ImageIndexCheckOptions,
  imageIndexChecks,
} from './image-index-contract.ts';
export { type FilledStore, type ImageStoreCheck, imageStoreChecks } from './image-store-contract.ts';
export { type Law, mappingLaws, pathLaws } from './laws.ts';
export { listingLaws } from './listing-laws.ts';
