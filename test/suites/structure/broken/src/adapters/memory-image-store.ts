export { store } from './aws/s3-image-store.ts';
