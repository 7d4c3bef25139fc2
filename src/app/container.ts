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
import type { BucketSource, Config } from './config.ts';

/** What a test, or another front end, may put in the place of the service's own parts. */
export interface Overrides {
  readonly store: ImageStore;
  readonly log: RequestLog;
  readonly clock: Clock;
}

/**
 * The service, composed. Each part is created once and lives as long as the process: the store keeps connections and
 * credentials. A dependency that is missing, swapped or of another type does not compile.
 */
export const createHandlers = (config: Config, overrides: Partial<Overrides> = {}): ApiGatewayHandlers => {
  const { mapping, cacheControl, corsOrigins, timeouts, logLevel, environment } = config;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(CLOCK).toConstantValue(overrides.clock ?? (() => performance.now()));
  container.bind(LOG).toResolvedValue(() => overrides.log ?? createPinoRequestLog({ level: logLevel, environment }));
  container.bind(STORE).toResolvedValue(() => overrides.store ?? createStore(config));
  container.bind(SERVE_IMAGE).toResolvedValue(
    (store: ImageStore, clock: Clock) =>
      createServeImage({
        mapping,
        store: createResumingImageStore({
          store,
          clock,
          createWatchdog,
          idleTimeout: timeouts.idle,
          resumeBudget: timeouts.resume,
        }),
        clock,
        cacheControl,
      }),
    [STORE, CLOCK],
  );
  container.bind(HANDLERS).toResolvedValue(
    (serveImage: ServeImage, log: RequestLog, clock: Clock) =>
      createApiGatewayHandlers({
        serveImage,
        log,
        clock,
        answerTimeout: timeouts.answer,
        clientIdleTimeout: timeouts.client,
        corsOrigins,
      }),
    [SERVE_IMAGE, LOG, CLOCK],
  );
  return container.get(HANDLERS);
};

const CLOCK: ServiceIdentifier<Clock> = Symbol('Clock');
const STORE: ServiceIdentifier<ImageStore> = Symbol('ImageStore');
const LOG: ServiceIdentifier<RequestLog> = Symbol('RequestLog');
const SERVE_IMAGE: ServiceIdentifier<ServeImage> = Symbol('ServeImage');
const HANDLERS: ServiceIdentifier<ApiGatewayHandlers> = Symbol('ApiGatewayHandlers');

const createStore = ({ source, environment, timeouts }: Config): ImageStore =>
  source.kind === 'bucket'
    ? createBucketStore(source, environment, timeouts)
    : createDirectoryImageStore(source.directory);

const createBucketStore = (
  { bucket, owner, role }: BucketSource,
  environment: string,
  timeouts: Config['timeouts'],
): ImageStore => {
  if (role === undefined) return createS3ImageStore({ bucket, bucketOwner: owner, timeouts });
  const sessionName = `images-api-${environment}`.slice(0, 64);
  const credentials = createAssumedRole({ roleArn: role.arn, externalId: role.externalId, sessionName, timeouts });
  return createS3ImageStore({ bucket, bucketOwner: owner, client: { credentials }, timeouts });
};
