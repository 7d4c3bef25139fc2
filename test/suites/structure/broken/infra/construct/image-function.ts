export { store } from '../../src/adapters/aws/s3-image-store.ts';
