import { createS3Client } from '../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../../src/adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../src/adapters/aws/s3-image-store.ts';
import { createDirectoryImageIndex } from '../../src/adapters/directory-image-index.ts';
import { createDirectoryImageStore } from '../../src/adapters/directory-image-store.ts';
import type { RequestRecord } from '../../src/adapters/request-log.ts';
import { createHandlers, type Overrides } from '../../src/app/container.ts';
import { readSettings, type Variables } from '../../src/settings/variables.ts';
import { API_KEY, integrate, startGateway } from './service.ts';

/** The whole service behind a local gateway, with the settings of a test. */
export interface GatewayService extends AsyncDisposable {
  /** URL of the root, which lists images and signs batches. Ends with a slash. */
  readonly root: string;
  /** Header with the right API key. */
  readonly headers: { readonly 'x-api-key': string };
  /** The log, one record per request. */
  readonly records: readonly RequestRecord[];
}

/** The adapters of the store, of the index and, if the source can sign URLs, of the locator. */
export type Source = Pick<Overrides, 'store' | 'index'> & Partial<Pick<Overrides, 'locator'>>;

/** Starts the service. `await using` stops it. */
export const startGatewayService = async (
  source: Source,
  variables: Variables,
  mode: 'stream' | 'buffered' = 'stream',
): Promise<GatewayService> => {
  const records: RequestRecord[] = [];
  const settings = readSettings({ ENVIRONMENT: 'test', IMAGES_BUCKET: 'images', ...variables });
  const handlers = createHandlers(settings, { ...source, log: { record: (record) => records.push(record) } });
  const gateway = await startGateway({ integration: integrate({ ...handlers, records }, mode) });
  return {
    root: `${gateway.origin}/dev/`,
    headers: { 'x-api-key': API_KEY },
    records,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
};

/** A bucket, read with one client, as the container creates it. */
export const bucketSource = (
  bucket: string,
  client: Parameters<typeof createS3Client>[0],
  bucketOwner?: string,
): Required<Source> => {
  const options = { bucket, bucketOwner, client: createS3Client(client) };
  return {
    store: createS3ImageStore(options),
    index: createS3ImageIndex(options),
    locator: createS3ImageLocator(options),
  };
};

export const folderSource = (folder: string): Source => ({
  store: createDirectoryImageStore(folder),
  index: createDirectoryImageIndex(folder),
});
