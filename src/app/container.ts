import { Container, type ServiceIdentifier } from 'inversify';
import { type ApiGatewayHandlers, createApiGatewayHandlers } from '../adapters/api-gateway/handler.ts';
import { createS3ImageStore } from '../adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../adapters/aws/sts-credentials.ts';
import { createDirectoryImageStore } from '../adapters/directory-image-store.ts';
import { createPinoRequestLog } from '../adapters/pino/request-log.ts';
import type { PathMapping } from '../domain/mapping/path-mapping.ts';
import type { Alarm, Clock, ImageStore, RequestLog } from '../domain/serving/ports.ts';
import { createResumingImageStore } from '../domain/serving/resuming-image-store.ts';
import { createServeImage, type ServeImage } from '../domain/serving/serve-image.ts';
import { assumedRoleSession } from '../settings/names.ts';
import { type FunctionSettings, type LocalSettings, toPathMapping } from '../settings/settings.ts';

const MAPPING: ServiceIdentifier<PathMapping> = Symbol('PathMapping');
const CLOCK: ServiceIdentifier<Clock> = Symbol('Clock');
const ALARM: ServiceIdentifier<Alarm> = Symbol('Alarm');
const STORE: ServiceIdentifier<ImageStore> = Symbol('ImageStore');
const LOG: ServiceIdentifier<RequestLog> = Symbol('RequestLog');
const SERVE_IMAGE: ServiceIdentifier<ServeImage> = Symbol('ServeImage');

/** What an entry asks the container for. */
export const HANDLERS: ServiceIdentifier<ApiGatewayHandlers> = Symbol('ApiGatewayHandlers');

/**
 * The composition root. Everything in it is made once and lives as long as the process: the store keeps connections and
 * credentials. A dependency that is dropped, swapped or of another type does not compile.
 */
export const createContainer = (settings: FunctionSettings | LocalSettings): Container => {
  const { cacheControl, corsOrigins, logLevel, environment } = settings;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(MAPPING).toConstantValue(toPathMapping(settings));
  container.bind(CLOCK).toConstantValue(() => performance.now());
  container.bind(ALARM).toConstantValue(setAlarm);
  container.bind(LOG).toResolvedValue(() => createPinoRequestLog({ level: logLevel, environment }));
  container.bind(STORE).toResolvedValue(
    (alarm: Alarm) =>
      createResumingImageStore({
        store: hasBucket(settings) ? createBucketStore(settings) : createDirectoryImageStore(settings.directory),
        alarm,
        idleTimeout: settings.storeIdleTimeoutMs,
      }),
    [ALARM],
  );
  container
    .bind(SERVE_IMAGE)
    .toResolvedValue(
      (map: PathMapping, store: ImageStore, clock: Clock, alarm: Alarm) =>
        createServeImage({ mapping: map, store, clock, alarm, cacheControl }),
      [MAPPING, STORE, CLOCK, ALARM],
    );
  container.bind(HANDLERS).toResolvedValue(
    (serveImage: ServeImage, log: RequestLog, clock: Clock, alarm: Alarm) =>
      createApiGatewayHandlers({
        serveImage,
        log,
        clock,
        alarm,
        answerTimeout: settings.answerTimeoutMs,
        corsOrigins,
      }),
    [SERVE_IMAGE, LOG, CLOCK, ALARM],
  );
  return container;
};

const setAlarm: Alarm = (milliseconds, ring) => {
  const timer = setTimeout(ring, milliseconds);
  return () => clearTimeout(timer);
};

const hasBucket = (settings: FunctionSettings | LocalSettings): settings is FunctionSettings =>
  settings.bucket !== undefined;

const createBucketStore = (settings: FunctionSettings): ImageStore => {
  const { bucket, bucketAccount: bucketOwner, readerRoleArn: roleArn, externalId } = settings;
  const timeouts = { connect: settings.storeConnectTimeoutMs, firstByte: settings.storeFirstByteTimeoutMs };
  if (roleArn === undefined) return createS3ImageStore({ bucket, bucketOwner, timeouts });
  const sessionName = assumedRoleSession(settings.environment);
  const credentials = createAssumedRole({ roleArn, externalId, sessionName, timeouts });
  return createS3ImageStore({ bucket, bucketOwner, client: { credentials }, timeouts });
};
