export { hostilePaths, imagePaths, mappings, pathsTakenBy } from './arbitraries.ts';
export { type Law, mappingLaws, pathLaws } from './laws.ts';
