/** Entry point `images-api/aws`: the adapters that need `@aws-sdk/client-s3` and `@aws-sdk/client-sts`. */
export { createS3ImageStore, type S3ImageStoreOptions } from './s3-image-store.ts';
export { type AssumedRoleOptions, createAssumedRole, type RoleCredentials } from './sts-credentials.ts';
