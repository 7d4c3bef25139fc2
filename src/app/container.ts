import { Container, type ServiceIdentifier } from 'inversify';
import { type ApiGatewayHandlers, createApiGatewayHandlers } from '../adapters/api-gateway/handler.ts';
import { createS3Client, type S3BucketOptions } from '../adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../adapters/aws/sts-credentials.ts';
import { createDirectoryImageIndex } from '../adapters/directory-image-index.ts';
import { createDirectoryImageStore } from '../adapters/directory-image-store.ts';
import { createPinoRequestLog } from '../adapters/pino/request-log.ts';
import type { RequestLog } from '../adapters/request-log.ts';
import { createWatchdog } from '../adapters/watchdog.ts';
import { createListImages, type ListImages } from '../domain/listing/list-images.ts';
import type { ImageIndex } from '../domain/listing/ports.ts';
import type { PathMapping } from '../domain/mapping/path-mapping.ts';
import { createLocateImages, type LocateImages } from '../domain/serving/locate-images.ts';
import type { Clock, ImageLocator, ImageStore } from '../domain/serving/ports.ts';
import { createResumingImageStore } from '../domain/serving/resuming-image-store.ts';
import { createServeImage, type ServeImage } from '../domain/serving/serve-image.ts';
import { assumedRoleSession } from '../settings/names.ts';
import { type FunctionSettings, type LocalSettings, toPathMapping } from '../settings/settings.ts';

/** Parts that the caller can replace. Tests replace all of them; `npm start` in a terminal replaces the log. */
export interface Overrides {
  readonly store: ImageStore;
  readonly index: ImageIndex;
  readonly locator: ImageLocator;
  readonly log: RequestLog;
  readonly clock: Clock;
}

/**
 * The composition root: creates the handlers and everything they depend on. Each part is created once and lives as long
 * as the process, so store, index and locator share connections and credentials. A missing, swapped or wrongly typed
 * dependency does not compile.
 */
export const createHandlers = (
  settings: FunctionSettings | LocalSettings,
  overrides: Partial<Overrides> = {},
): ApiGatewayHandlers => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(CLOCK).toConstantValue(overrides.clock ?? (() => performance.now()));
  container.bind(LOG).toResolvedValue(() => overrides.log ?? createLog(settings));
  container.bind(MAPPING).toResolvedValue(() => toPathMapping(settings));
  container.bind(SOURCE).toResolvedValue(() => createSource(settings));
  container.bind(STORE).toDynamicValue(({ get }) => overrides.store ?? get(SOURCE).createStore());
  container.bind(INDEX).toDynamicValue(({ get }) => overrides.index ?? get(SOURCE).createIndex());
  container.bind(LOCATOR).toDynamicValue(({ get }) => overrides.locator ?? get(SOURCE).createLocator());
  container.bind(RESUMING_STORE).toResolvedValue(
    (store: ImageStore, clock: Clock) =>
      createResumingImageStore({
        store,
        clock,
        createWatchdog,
        idleTimeout: settings.storeIdleTimeoutMs,
        resumeBudget: settings.storeResumeBudgetMs,
      }),
    [STORE, CLOCK],
  );
  container.bind(SERVE_IMAGE).toDynamicValue(({ get }) => {
    const { cacheControl, redirectAbove: above } = settings;
    const redirect = above === undefined ? undefined : { above, locator: get(LOCATOR) };
    return createServeImage({
      mapping: get(MAPPING),
      store: get(RESUMING_STORE),
      clock: get(CLOCK),
      cacheControl,
      redirect,
    });
  });
  container
    .bind(LIST_IMAGES)
    .toResolvedValue(
      (mapping: PathMapping, index: ImageIndex) => createListImages({ mapping, index }),
      [MAPPING, INDEX],
    );
  container
    .bind(LOCATE_IMAGES)
    .toResolvedValue(
      (mapping: PathMapping, store: ImageStore, locator: ImageLocator) =>
        createLocateImages({ mapping, store, locator }),
      [MAPPING, STORE, LOCATOR],
    );
  container.bind(HANDLERS).toDynamicValue(({ get }) =>
    createApiGatewayHandlers({
      serveImage: get(SERVE_IMAGE),
      listImages: settings.listing === 'on' ? get(LIST_IMAGES) : undefined,
      locateImages: settings.signedLocations === 'on' ? get(LOCATE_IMAGES) : undefined,
      log: get(LOG),
      clock: get(CLOCK),
      answerTimeout: settings.answerTimeoutMs,
      clientIdleTimeout: settings.clientIdleTimeoutMs,
      corsOrigins: settings.corsOrigins,
    }),
  );
  return container.get(HANDLERS);
};

const CLOCK: ServiceIdentifier<Clock> = Symbol('Clock');
const LOG: ServiceIdentifier<RequestLog> = Symbol('RequestLog');
const MAPPING: ServiceIdentifier<PathMapping> = Symbol('PathMapping');
const SOURCE: ServiceIdentifier<ImageSource> = Symbol('ImageSource');
const STORE: ServiceIdentifier<ImageStore> = Symbol('ImageStore');
const RESUMING_STORE: ServiceIdentifier<ImageStore> = Symbol('resuming ImageStore');
const INDEX: ServiceIdentifier<ImageIndex> = Symbol('ImageIndex');
const LOCATOR: ServiceIdentifier<ImageLocator> = Symbol('ImageLocator');
const SERVE_IMAGE: ServiceIdentifier<ServeImage> = Symbol('ServeImage');
const LIST_IMAGES: ServiceIdentifier<ListImages> = Symbol('ListImages');
const LOCATE_IMAGES: ServiceIdentifier<LocateImages> = Symbol('LocateImages');
const HANDLERS: ServiceIdentifier<ApiGatewayHandlers> = Symbol('ApiGatewayHandlers');

type Settings = FunctionSettings | LocalSettings;

const createLog = ({ logLevel, environment }: Settings): RequestLog =>
  createPinoRequestLog({ level: logLevel, environment });

/** Creates the adapters for the bucket or the folder that holds the images. */
interface ImageSource {
  createStore(): ImageStore;
  createIndex(): ImageIndex;
  createLocator(): ImageLocator;
}

const createSource = (settings: Settings): ImageSource => {
  if (!hasBucket(settings)) {
    const { directory } = settings;
    return {
      createStore: () => createDirectoryImageStore(directory),
      createIndex: () => createDirectoryImageIndex(directory),
      createLocator: () => {
        throw new Error('A folder has no signed URLs. Read the settings with readLocalSettings, which checks that.');
      },
    };
  }
  const bucket = connect(settings);
  return {
    createStore: () => createS3ImageStore(bucket),
    createIndex: () => createS3ImageIndex(bucket),
    createLocator: () => createS3ImageLocator(bucket),
  };
};

const hasBucket = (settings: Settings): settings is FunctionSettings => settings.bucket !== undefined;

/** The bucket with one client for all adapters. */
const connect = (settings: FunctionSettings): S3BucketOptions => {
  const { bucketRegion: region, readerRoleArn: roleArn, externalId } = settings;
  const timeouts = { connect: settings.storeConnectTimeoutMs, firstByte: settings.storeFirstByteTimeoutMs };
  const sessionName = assumedRoleSession(settings.environment);
  const config = {
    ...(region && { region }),
    ...(roleArn && { credentials: createAssumedRole({ roleArn, externalId, sessionName, timeouts }) }),
  };
  return {
    bucket: settings.bucket,
    bucketOwner: settings.bucketAccount,
    requesterPays: settings.requesterPays,
    client: createS3Client(config, timeouts),
  };
};
