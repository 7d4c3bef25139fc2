export { b } from '../src/app/config.ts';
export { a } from '../src/adapters/s3-image-store.ts';
