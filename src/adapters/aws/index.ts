/**
 * Entry point `images-api/aws`: the adapters that need `@aws-sdk/client-s3` and `@aws-sdk/client-sts`.
 * `createS3ImageLocator` also needs `@aws-sdk/s3-request-presigner`.
 */
export { createS3Client, type S3BucketOptions } from './s3-bucket.ts';
export { createS3ImageIndex } from './s3-image-index.ts';
export { createS3ImageLocator } from './s3-image-locator.ts';
export { createS3ImageStore } from './s3-image-store.ts';
export { type AssumedRoleOptions, createAssumedRole, type RoleCredentials } from './sts-credentials.ts';
