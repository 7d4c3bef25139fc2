export { a } from './s3-image-store.ts';
