import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import type { Prelude } from '../../../src/adapters/api-gateway/handler.ts';
import { createDirectoryImageStore } from '../../../src/adapters/directory-image-store.ts';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createPinoRequestLog } from '../../../src/adapters/pino/request-log.ts';
import { createHandlers } from '../../../src/app/container.ts';
import { ImageError, parseImagePath } from '../../../src/domain/index.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { toPathMapping } from '../../../src/settings/settings.ts';
import { readSettings } from '../../../src/settings/variables.ts';
import { proxyEvent } from '../../support/events.ts';
import { hostileEvents, hostileInfo, hostileUrlPaths, IMAGE_KEY, KEY_VALUE } from './hostile-events.ts';
import { hostileKeys, SECRET, type Trap } from './symbolic-links.ts';

/** A claim about hostile input, and what tries to refute it. */
export interface Fuzzer {
  readonly name: string;
  /** How often `npm run test:fuzz` tries. */
  readonly runs: number;
  readonly property: fc.IAsyncProperty<unknown>;
}

/** @param trap A folder to which keys lead the way, and one beside it to which they do not. */
export const createFuzzers = (trap: Trap): readonly Fuzzer[] => {
  const service = createService();
  const directory = createDirectoryImageStore(trap.folder);
  return [
    {
      name: 'events: every answer is well-formed, below 500, and without the key',
      runs: 100_000,
      property: fc.asyncProperty(hostileEvents(), hostileInfo(), async (event, info) => {
        service.image = { bytes: BYTES, ...info } as MemoryImage;
        checkAnswer(await service.handlers.buffered(event, CONTEXT));
        checkAnswer(await service.stream(event));
        checkLog(service.takeLog(), 2);
      }) as fc.IAsyncProperty<unknown>,
    },
    {
      name: 'paths: every answer is below 500, and every key is a safe one',
      runs: 1_000_000,
      property: fc.asyncProperty(hostileUrlPaths(), async (path) => {
        service.image = IMAGE;
        const { statusCode } = await service.handlers.buffered(proxyEvent(path), CONTEXT);
        ensure(statusCode < 500, `the status ${statusCode}`);
        checkLog(service.takeLog(), 1);
        checkKey(path);
      }) as fc.IAsyncProperty<unknown>,
    },
    {
      name: 'keys: the directory store never leaves its folder',
      runs: 20_000,
      property: fc.asyncProperty(fc.oneof(hostileKeys(trap), hostileUrlPaths()), async (key) => {
        ensure(!(await readAll(directory, key)).includes(SECRET), 'a file outside the folder');
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

/** The whole service over one image, of which a store may say anything. */
const createService = () => {
  const images = new Map<string, MemoryImage>();
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const handlers = createHandlers(
    { ...readSettings({ ENVIRONMENT: 'test', IMAGES_BUCKET: 'images', CORS_ORIGINS: '*' }), ...SETTINGS },
    {
      store: createMemoryImageStore(images),
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
      if (head === undefined) throw new Error('the answer never began');
      return { ...head, body: Buffer.concat(chunks).toString('latin1') };
    },
  };
};

const checkAnswer = ({ statusCode, headers, body }: Prelude & { readonly body: string }): void => {
  ensure(Number.isInteger(statusCode) && statusCode >= 200 && statusCode < 500, `the status ${statusCode}`);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const text = JSON.stringify(headers);
  ensure(text.length < 10_240, 'more headers than API Gateway passes on');
  ensure(!text.includes(KEY_VALUE) && !body.includes(KEY_VALUE), 'an answer with the key');
};

const checkLog = (lines: readonly string[], expected: number): void => {
  ensure(lines.length === expected, `${lines.length} lines in the log`);
  for (const line of lines) {
    ensure(line.indexOf('\n') === line.length - 1, 'a line of the log that is none');
    ensure(!line.includes(KEY_VALUE), 'a line of the log with the key');
    JSON.parse(line);
  }
};

const checkKey = (path: string): void => {
  try {
    const { key } = MAPPING.keyOf(parseImagePath(path));
    ensure(key.startsWith('images/'), `a key outside the prefix, ${JSON.stringify(key)}`);
    ensure(!/(?:^|\/)\.{0,2}(?:\/|$)/.test(key), `a key that leads elsewhere, ${JSON.stringify(key)}`);
    ensure(Buffer.byteLength(key) <= 1024 && key.isWellFormed(), `a key that S3 has not, ${JSON.stringify(key)}`);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    ensure(error.code === 'invalid-path' || error.code === 'unknown-path', `the code ${error.code}`);
  }
};

/** What a store gives under a key; nothing where it has no image there. */
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

const ensure = (holds: boolean, found: string): void => {
  if (!holds) throw new Error(`There was ${found}.`);
};
