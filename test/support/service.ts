import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { type ApiGatewayHandlers, createApiGatewayHandlers } from '../../src/adapters/api-gateway/handler.ts';
import { createLocalGateway, type LocalGatewayOptions } from '../../src/adapters/local-gateway/server.ts';
import { createMemoryImageStore, type MemoryImage } from '../../src/adapters/memory-image-store.ts';
import { createPathMapping, type Mapping } from '../../src/domain/index.ts';
import type { ImageStore, RequestRecord } from '../../src/domain/serving/ports.ts';
import { createServeImage } from '../../src/domain/serving/serve-image.ts';
import { alarm } from './alarm.ts';

export interface ServiceOptions {
  readonly images?: ReadonlyMap<string, MemoryImage>;
  readonly store?: ImageStore;
  readonly mapping?: Mapping;
  readonly corsOrigins?: readonly string[];
  readonly answerTimeout?: number;
}

export interface Service extends ApiGatewayHandlers {
  readonly records: readonly RequestRecord[];
}

/** The whole service over a store, without a front door. */
export const createService = ({
  images = new Map(),
  store,
  mapping,
  corsOrigins = [],
  answerTimeout = 27_000,
}: ServiceOptions): Service => {
  const records: RequestRecord[] = [];
  const clock = () => performance.now();
  const serveImage = createServeImage({
    mapping: createPathMapping(mapping),
    store: store ?? createMemoryImageStore(images),
    clock,
    alarm,
    cacheControl: 'private, max-age=3600',
  });
  const log = { record: (record: RequestRecord) => records.push(record) };
  return { records, ...createApiGatewayHandlers({ serveImage, log, clock, alarm, answerTimeout, corsOrigins }) };
};

export const API_KEY = 'a-key-of-thirty-characters-000';

export interface RunningGateway extends AsyncDisposable {
  readonly origin: string;
  readonly failures: readonly unknown[];
  /** How many connections are open now. */
  sockets(): number;
}

/** A local gateway on a free port of 127.0.0.1; `await using` ends it. */
export const startGateway = async (
  options: Partial<LocalGatewayOptions> & Pick<LocalGatewayOptions, 'integration'>,
): Promise<RunningGateway> => {
  const failures: unknown[] = [];
  const server = createLocalGateway({
    stage: 'dev',
    apiKey: API_KEY,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    sockets: () => sockets.size,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

/** The service behind a gateway, in one of its modes. */
export const integrate = (
  { buffered, streaming }: Service,
  mode: 'buffered' | 'stream',
): LocalGatewayOptions['integration'] =>
  mode === 'buffered' ? { mode, invoke: buffered } : { mode, invoke: streaming };
