import { Container, type ServiceIdentifier } from 'inversify';
import { type ApiGatewayHandlers, createApiGatewayHandlers } from '../adapters/api-gateway/handler.ts';
import { createS3Client, type S3BucketOptions } from '../adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../adapters/aws/sts-credentials.ts';
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
import { SettingsError } from '../settings/setting.ts';
import { type FunctionSettings, SETTINGS, toPathMapping } from '../settings/settings.ts';

/**
 * Parts that the caller can replace. Tests replace all of them. `npm start` replaces the store and the index if it serves
 * a folder, and the log in a terminal.
 */
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
export const createHandlers = (settings: Settings, overrides: Partial<Overrides> = {}): ApiGatewayHandlers => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(CLOCK).toConstantValue(overrides.clock ?? (() => performance.now()));
  container.bind(LOG).toResolvedValue(() => overrides.log ?? createLog(settings));
  container.bind(MAPPING).toResolvedValue(() => toPathMapping(settings));
  container.bind(BUCKET).toResolvedValue(() => connect(settings));
  container.bind(STORE).toDynamicValue(({ get }) => overrides.store ?? createS3ImageStore(get(BUCKET)));
  container.bind(INDEX).toDynamicValue(({ get }) => overrides.index ?? createS3ImageIndex(get(BUCKET)));
  container.bind(LOCATOR).toDynamicValue(({ get }) => overrides.locator ?? createS3ImageLocator(get(BUCKET)));
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
const BUCKET: ServiceIdentifier<S3BucketOptions> = Symbol('S3BucketOptions');
const STORE: ServiceIdentifier<ImageStore> = Symbol('ImageStore');
const RESUMING_STORE: ServiceIdentifier<ImageStore> = Symbol('resuming ImageStore');
const INDEX: ServiceIdentifier<ImageIndex> = Symbol('ImageIndex');
const LOCATOR: ServiceIdentifier<ImageLocator> = Symbol('ImageLocator');
const SERVE_IMAGE: ServiceIdentifier<ServeImage> = Symbol('ServeImage');
const LIST_IMAGES: ServiceIdentifier<ListImages> = Symbol('ListImages');
const LOCATE_IMAGES: ServiceIdentifier<LocateImages> = Symbol('LocateImages');
const HANDLERS: ServiceIdentifier<ApiGatewayHandlers> = Symbol('ApiGatewayHandlers');

/** Those of the function, or of `npm start`, which needs no bucket if it replaces everything that reads one. */
type Settings = Omit<FunctionSettings, 'bucket'> & { readonly bucket: string | undefined };

const createLog = ({ logLevel, environment }: Settings): RequestLog =>
  createPinoRequestLog({ level: logLevel, environment });

/** The bucket with one client for all adapters. */
const connect = (settings: Settings): S3BucketOptions => {
  const { bucket, bucketRegion: region, readerRoleArn: roleArn, externalId } = settings;
  if (bucket === undefined) throw new SettingsError([`${SETTINGS.bucket.variable}: missing; set it to a bucket`]);
  const timeouts = { connect: settings.storeConnectTimeoutMs, firstByte: settings.storeFirstByteTimeoutMs };
  const sessionName = assumedRoleSession(settings.environment);
  const config = {
    ...(region && { region }),
    ...(roleArn && { credentials: createAssumedRole({ roleArn, externalId, sessionName, timeouts }) }),
  };
  return {
    bucket,
    bucketOwner: settings.bucketAccount,
    requesterPays: settings.requesterPays,
    client: createS3Client(config, timeouts),
  };
};
