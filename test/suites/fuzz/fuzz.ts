import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import type { Prelude } from '../../../src/adapters/api-gateway/handler.ts';
import { createDirectoryImageStore } from '../../../src/adapters/directory-image-store.ts';
import { createMemoryImageIndex } from '../../../src/adapters/memory-image-index.ts';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createPinoRequestLog } from '../../../src/adapters/pino/request-log.ts';
import { createHandlers } from '../../../src/app/container.ts';
import { ImageError, parseImagePath } from '../../../src/domain/index.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { toPathMapping } from '../../../src/settings/settings.ts';
import { readSettings } from '../../../src/settings/variables.ts';
import { proxyEvent } from '../../support/events.ts';
import { createTestLocator } from '../../support/test-locator.ts';
import {
  hostileEvents,
  hostileInfo,
  hostileRootEvents,
  hostileUrlPaths,
  IMAGE_KEY,
  KEY_VALUE,
} from './hostile-events.ts';
import { hostileKeys, SECRET, type Trap } from './symbolic-links.ts';

/** A claim about hostile input, and the property that tests it. */
export interface Fuzzer {
  readonly name: string;
  /** Number of inputs that `npm run test:fuzz` tries. */
  readonly runs: number;
  readonly property: fc.IAsyncProperty<unknown>;
}

/** @param trap a folder that is served, next to one that is not. */
export const createFuzzers = (trap: Trap): readonly Fuzzer[] => {
  const service = createService();
  const directory = createDirectoryImageStore(trap.folder);
  return [
    {
      name: 'events: every response is well-formed, has a status below 500, and does not contain the API key',
      runs: 100_000,
      property: fc.asyncProperty(hostileEvents(), hostileInfo(), async (event, info) => {
        service.image = { bytes: BYTES, ...info } as MemoryImage;
        checkAnswer(await service.handlers.buffered(event, CONTEXT));
        checkAnswer(await service.stream(event));
        checkLog(service.takeLog(), 2);
      }) as fc.IAsyncProperty<unknown>,
    },
    {
      name: 'listings and batches: every response is well-formed and has a status below 500',
      runs: 100_000,
      property: fc.asyncProperty(hostileRootEvents(), hostileInfo(), async (event, info) => {
        service.image = { bytes: BYTES, ...info } as MemoryImage;
        checkAnswer(await service.handlers.buffered(event, CONTEXT));
        checkAnswer(await service.stream(event));
        checkLog(service.takeLog(), 2);
      }) as fc.IAsyncProperty<unknown>,
    },
    {
      name: 'paths: every response has a status below 500, and every S3 key is safe',
      runs: 1_000_000,
      property: fc.asyncProperty(hostileUrlPaths(), async (path) => {
        service.image = IMAGE;
        const { statusCode } = await service.handlers.buffered(proxyEvent(path), CONTEXT);
        ensure(statusCode < 500, `the status is ${statusCode}`);
        checkLog(service.takeLog(), 1);
        checkKey(path);
      }) as fc.IAsyncProperty<unknown>,
    },
    {
      name: 'keys: the directory store never leaves its folder',
      runs: 20_000,
      property: fc.asyncProperty(fc.oneof(hostileKeys(trap), hostileUrlPaths()), async (key) => {
        ensure(!(await readAll(directory, key)).includes(SECRET), 'the store read a file outside its folder');
      }) as fc.IAsyncProperty<unknown>,
    },
  ];
};

const CONTEXT = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 30_000 };
const BYTES = Buffer.from('0123456789');
const IMAGE: MemoryImage = { bytes: BYTES, etag: '"v1"', lastModified: Date.UTC(2026, 0, 1) };
const SETTINGS = {
  prefix: 'images',
  mapping: {
    routes: [
      { path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}', key: 'partners/{id}/original.{ext}' },
      { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
      { path: '{path+}', key: 'other/{path+}' },
    ],
  },
};
const MAPPING = toPathMapping(SETTINGS);
/** Every feature is on, and every image that is not empty may be redirected. */
const VARIABLES = {
  ENVIRONMENT: 'test',
  IMAGES_BUCKET: 'images',
  CORS_ORIGINS: '*',
  LISTING: 'on',
  SIGNED_LOCATIONS: 'on',
  REDIRECT_ABOVE: '5',
};

/** The whole service over a store with one image, whose metadata may be anything. */
const createService = () => {
  const images = new Map<string, MemoryImage>();
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const handlers = createHandlers(
    { ...readSettings(VARIABLES), ...SETTINGS },
    {
      store: createMemoryImageStore(images),
      index: createMemoryImageIndex(images),
      locator: createTestLocator(),
      log: createPinoRequestLog({ level: 'info', environment: 'test', destination }),
    },
  );
  return {
    handlers,
    set image(image: MemoryImage) {
      images.set(`images/${IMAGE_KEY}`, image);
    },
    takeLog: () => lines.splice(0),
    stream: async (event: unknown): Promise<Prelude & { readonly body: string }> => {
      const chunks: Buffer[] = [];
      const output = new Writable({
        write(chunk, _encoding, done) {
          chunks.push(chunk);
          done();
        },
      });
      let head: Prelude | undefined;
      await handlers.streaming(event, CONTEXT, (prelude) => {
        head = prelude;
        return output;
      });
      if (head === undefined) throw new Error('the response never started');
      return { ...head, body: Buffer.concat(chunks).toString('latin1') };
    },
  };
};

const checkAnswer = ({ statusCode, headers, body }: Prelude & { readonly body: string }): void => {
  ensure(Number.isInteger(statusCode) && statusCode >= 200 && statusCode < 500, `the status is ${statusCode}`);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const text = JSON.stringify(headers);
  ensure(text.length < 10_240, 'the headers are longer than API Gateway allows');
  ensure(!text.includes(KEY_VALUE) && !body.includes(KEY_VALUE), 'the response contains the API key');
};

const checkLog = (lines: readonly string[], expected: number): void => {
  ensure(lines.length === expected, `the log has ${lines.length} lines instead of ${expected}`);
  for (const line of lines) {
    ensure(line.indexOf('\n') === line.length - 1, 'a log record is not exactly one line');
    ensure(!line.includes(KEY_VALUE), 'a log line contains the API key');
    JSON.parse(line);
  }
};

const checkKey = (path: string): void => {
  try {
    const { key } = MAPPING.keyOf(parseImagePath(path));
    ensure(key.startsWith('images/'), `the key ${JSON.stringify(key)} is outside the prefix`);
    ensure(!/(?:^|\/)\.{0,2}(?:\/|$)/.test(key), `the key ${JSON.stringify(key)} has an empty, "." or ".." segment`);
    ensure(Buffer.byteLength(key) <= 1024 && key.isWellFormed(), `the key ${JSON.stringify(key)} is not valid in S3`);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    ensure(error.code === 'invalid-path' || error.code === 'unknown-path', `the error code is ${error.code}`);
  }
};

/** The content of an image as text, or an empty string if the image does not exist. */
const readAll = async (store: ImageStore, key: string): Promise<string> => {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await store.open(key)).body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch (error) {
    if (error instanceof ImageError && error.code === 'image-not-found') return '';
    throw error;
  }
};

const ensure = (condition: boolean, failure: string): void => {
  if (!condition) throw new Error(failure);
};
