import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { ApiGatewayHandlers } from '../../src/adapters/api-gateway/handler.ts';
import { createLocalGateway, type LocalGatewayOptions } from '../../src/adapters/local-gateway/server.ts';
import { createMemoryImageIndex } from '../../src/adapters/memory-image-index.ts';
import { createMemoryImageStore, type MemoryImage } from '../../src/adapters/memory-image-store.ts';
import type { RequestRecord } from '../../src/adapters/request-log.ts';
import { createHandlers } from '../../src/app/container.ts';
import type { Mapping } from '../../src/domain/index.ts';
import type { ImageIndex } from '../../src/domain/listing/ports.ts';
import type { ImageLocator, ImageStore } from '../../src/domain/serving/ports.ts';
import type { Switch } from '../../src/settings/settings.ts';
import { readSettings } from '../../src/settings/variables.ts';
import { createTestLocator } from './test-locator.ts';

export interface ServiceOptions {
  readonly images?: ReadonlyMap<string, MemoryImage>;
  readonly store?: ImageStore;
  /** Default: the index of `images`. */
  readonly index?: ImageIndex;
  readonly locator?: ImageLocator;
  readonly mapping?: Mapping;
  readonly corsOrigins?: readonly string[];
  /** Milliseconds. */
  readonly answerTimeout?: number;
  readonly clientIdleTimeout?: number;
  readonly listing?: Switch;
  readonly signedLocations?: Switch;
  readonly redirectAbove?: number;
}

export interface Service extends ApiGatewayHandlers {
  readonly records: readonly RequestRecord[];
}

/** The service as the app composes it, with another store and without a gateway. */
export const createService = (options: ServiceOptions): Service => {
  const { images = new Map(), store = createMemoryImageStore(images), mapping, corsOrigins = [] } = options;
  const { index = createMemoryImageIndex(images), locator = createTestLocator() } = options;
  const settings = readSettings({ ENVIRONMENT: 'test', IMAGES_BUCKET: 'images' });
  const records: RequestRecord[] = [];
  const handlers = createHandlers(
    {
      ...settings,
      prefix: mapping?.prefix ?? '',
      mapping: mapping?.routes && { routes: mapping.routes },
      corsOrigins,
      answerTimeoutMs: options.answerTimeout ?? settings.answerTimeoutMs,
      clientIdleTimeoutMs: options.clientIdleTimeout ?? settings.clientIdleTimeoutMs,
      listing: options.listing ?? 'off',
      signedLocations: options.signedLocations ?? 'off',
      redirectAbove: options.redirectAbove,
    },
    { store, index, locator, log: { record: (record) => records.push(record) } },
  );
  return { records, ...handlers };
};

export const API_KEY = 'a-key-of-thirty-characters-000';

export interface RunningGateway extends AsyncDisposable {
  readonly origin: string;
  readonly failures: readonly unknown[];
  /** Number of open connections. */
  sockets(): number;
}

/** Starts a local gateway on a free port of 127.0.0.1. `await using` stops it. */
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

/** The integration that connects a gateway to a service in one of its modes. */
export const integrate = (
  { buffered, streaming }: Service,
  mode: 'buffered' | 'stream',
): LocalGatewayOptions['integration'] =>
  mode === 'buffered' ? { mode, invoke: buffered } : { mode, invoke: streaming };
