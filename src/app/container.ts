import { Container, type ServiceIdentifier } from 'inversify';
import { type ApiGatewayHandlers, createApiGatewayHandlers } from '../adapters/api-gateway-handler.ts';
import { createAssumedRole } from '../adapters/assumed-role.ts';
import { createDirectoryImageStore } from '../adapters/directory-image-store.ts';
import { createPinoRequestLog } from '../adapters/pino-request-log.ts';
import { createS3ImageStore } from '../adapters/s3-image-store.ts';
import type { PathMapping } from '../domain/path-mapping.ts';
import type { Clock, ImageStore, RequestLog } from '../domain/ports.ts';
import { createServeImage, type ServeImage } from '../domain/serve-image.ts';
import type { BucketSource, Config } from './config.ts';

const MAPPING: ServiceIdentifier<PathMapping> = Symbol('PathMapping');
const CLOCK: ServiceIdentifier<Clock> = Symbol('Clock');
const STORE: ServiceIdentifier<ImageStore> = Symbol('ImageStore');
const LOG: ServiceIdentifier<RequestLog> = Symbol('RequestLog');
const SERVE_IMAGE: ServiceIdentifier<ServeImage> = Symbol('ServeImage');

/** What an entry asks the container for. */
export const HANDLERS: ServiceIdentifier<ApiGatewayHandlers> = Symbol('ApiGatewayHandlers');

/**
 * The composition root. Everything in it is made once and lives as long as the process: the store keeps connections and
 * credentials. A dependency that is dropped, swapped or of another type does not compile.
 */
export const createContainer = ({
  source,
  mapping,
  cacheControl,
  corsOrigins,
  logLevel,
  environment,
}: Config): Container => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(MAPPING).toConstantValue(mapping);
  container.bind(CLOCK).toConstantValue(() => performance.now());
  container.bind(LOG).toResolvedValue(() => createPinoRequestLog({ level: logLevel, environment }));
  container
    .bind(STORE)
    .toResolvedValue(() =>
      source.kind === 'bucket' ? createBucketStore(source, environment) : createDirectoryImageStore(source.directory),
    );
  container
    .bind(SERVE_IMAGE)
    .toResolvedValue(
      (map: PathMapping, store: ImageStore, clock: Clock) =>
        createServeImage({ mapping: map, store, clock, cacheControl }),
      [MAPPING, STORE, CLOCK],
    );
  container
    .bind(HANDLERS)
    .toResolvedValue(
      (serveImage: ServeImage, log: RequestLog, clock: Clock) =>
        createApiGatewayHandlers({ serveImage, log, clock, corsOrigins }),
      [SERVE_IMAGE, LOG, CLOCK],
    );
  return container;
};

const createBucketStore = ({ bucket, owner, role }: BucketSource, environment: string): ImageStore => {
  if (role === undefined) return createS3ImageStore({ bucket, bucketOwner: owner });
  const sessionName = `images-api-${environment}`.slice(0, 64);
  const credentials = createAssumedRole({ roleArn: role.arn, externalId: role.externalId, sessionName });
  return createS3ImageStore({ bucket, bucketOwner: owner, client: { credentials } });
};
