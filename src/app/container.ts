import { Container, type ServiceIdentifier } from 'inversify';
import { type ApiGatewayHandlers, createApiGatewayHandlers } from '../adapters/api-gateway/handler.ts';
import { createS3ImageStore } from '../adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../adapters/aws/sts-credentials.ts';
import { createDirectoryImageStore } from '../adapters/directory-image-store.ts';
import { createPinoRequestLog } from '../adapters/pino/request-log.ts';
import type { RequestLog } from '../adapters/request-log.ts';
import { createWatchdog } from '../adapters/watchdog.ts';
import type { Clock, ImageStore } from '../domain/serving/ports.ts';
import { createResumingImageStore } from '../domain/serving/resuming-image-store.ts';
import { createServeImage, type ServeImage } from '../domain/serving/serve-image.ts';
import { assumedRoleSession } from '../settings/names.ts';
import { type FunctionSettings, type LocalSettings, toPathMapping } from '../settings/settings.ts';

/** Parts that the caller can replace. Tests replace all of them; `npm start` in a terminal replaces the log. */
export interface Overrides {
  readonly store: ImageStore;
  readonly log: RequestLog;
  readonly clock: Clock;
}

/**
 * The composition root: creates the handlers and everything they depend on. Each part is created once and lives as long
 * as the process, so the store reuses connections and credentials. A missing, swapped or wrongly typed dependency does
 * not compile.
 */
export const createHandlers = (
  settings: FunctionSettings | LocalSettings,
  overrides: Partial<Overrides> = {},
): ApiGatewayHandlers => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(CLOCK).toConstantValue(overrides.clock ?? (() => performance.now()));
  container.bind(LOG).toResolvedValue(() => overrides.log ?? createLog(settings));
  container.bind(STORE).toResolvedValue(() => overrides.store ?? createStore(settings));
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
  container
    .bind(SERVE_IMAGE)
    .toResolvedValue(
      (store: ImageStore, clock: Clock) =>
        createServeImage({ mapping: toPathMapping(settings), store, clock, cacheControl: settings.cacheControl }),
      [RESUMING_STORE, CLOCK],
    );
  container.bind(HANDLERS).toResolvedValue(
    (serveImage: ServeImage, log: RequestLog, clock: Clock) =>
      createApiGatewayHandlers({
        serveImage,
        log,
        clock,
        answerTimeout: settings.answerTimeoutMs,
        clientIdleTimeout: settings.clientIdleTimeoutMs,
        corsOrigins: settings.corsOrigins,
      }),
    [SERVE_IMAGE, LOG, CLOCK],
  );
  return container.get(HANDLERS);
};

const CLOCK: ServiceIdentifier<Clock> = Symbol('Clock');
const LOG: ServiceIdentifier<RequestLog> = Symbol('RequestLog');
const STORE: ServiceIdentifier<ImageStore> = Symbol('ImageStore');
const RESUMING_STORE: ServiceIdentifier<ImageStore> = Symbol('resuming ImageStore');
const SERVE_IMAGE: ServiceIdentifier<ServeImage> = Symbol('ServeImage');
const HANDLERS: ServiceIdentifier<ApiGatewayHandlers> = Symbol('ApiGatewayHandlers');

const createLog = ({ logLevel, environment }: FunctionSettings | LocalSettings): RequestLog =>
  createPinoRequestLog({ level: logLevel, environment });

const createStore = (settings: FunctionSettings | LocalSettings): ImageStore =>
  hasBucket(settings) ? createBucketStore(settings) : createDirectoryImageStore(settings.directory);

const hasBucket = (settings: FunctionSettings | LocalSettings): settings is FunctionSettings =>
  settings.bucket !== undefined;

const createBucketStore = (settings: FunctionSettings): ImageStore => {
  const { bucketRegion: region, readerRoleArn: roleArn, externalId } = settings;
  const timeouts = { connect: settings.storeConnectTimeoutMs, firstByte: settings.storeFirstByteTimeoutMs };
  const sessionName = assumedRoleSession(settings.environment);
  return createS3ImageStore({
    bucket: settings.bucket,
    bucketOwner: settings.bucketAccount,
    requesterPays: settings.requesterPays,
    client: {
      ...(region && { region }),
      ...(roleArn && { credentials: createAssumedRole({ roleArn, externalId, sessionName, timeouts }) }),
    },
    timeouts,
  });
};
