import type { Readable } from 'node:stream';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { createS3Client } from '../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../../src/adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../src/adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../../src/adapters/aws/sts-credentials.ts';
import { createPinoRequestLog } from '../../src/adapters/pino/request-log.ts';
import { createHandlers } from '../../src/app/container.ts';
import type { ImageStore } from '../../src/domain/serving/ports.ts';
import type { Switch } from '../../src/settings/settings.ts';
import { readSettings } from '../../src/settings/variables.ts';
import { type AwsOrigin, startAwsOrigin } from './aws-origin/aws-origin.ts';
import { createObject, type StoredObject } from './aws-origin/s3-service.ts';
import { type RunningGateway, startGateway } from './service.ts';

export interface BucketServiceOptions {
  readonly mode?: 'stream' | 'buffered';
  /** Milliseconds. Default: the defaults of the settings. */
  readonly timeouts?: {
    readonly connect: number;
    readonly firstByte: number;
    readonly idle: number;
    readonly answer: number;
    readonly client: number;
    readonly resume: number;
  };
  /** Whether the service assumes `ROLE` to read the bucket. Default: false, it uses the credentials of the caller. */
  readonly role?: boolean;
  /** Milliseconds until the credentials of the role expire. Default: one hour. */
  readonly lifetime?: number;
  readonly client?: S3ClientConfig;
  /** The clock of S3 and STS. */
  readonly now?: () => number;
  /** Default: off. */
  readonly listing?: Switch;
  /** Default: off. */
  readonly signedLocations?: Switch;
  /** Bytes. Default: no image is redirected. */
  readonly redirectAbove?: number;
  /** Milliseconds until the function times out. Default: as API Gateway permits in this mode. */
  readonly functionTimeout?: number;
}

/** The whole service behind the local gateway, connected to local servers for S3 and STS. */
export interface BucketService extends AsyncDisposable {
  readonly origin: AwsOrigin;
  readonly objects: Map<string, StoredObject>;
  readonly gateway: RunningGateway;
  /** The lines of the log. */
  readonly log: string[];
  /** Resolves when the first line is logged. */
  readonly logged: Promise<void>;
  /** Number of bodies from the bucket that are neither read to the end nor destroyed. */
  bodies(): number;
  url(key: string): string;
}

export const ROLE = 'arn:aws:iam::222222222222:role/images-reader';
const OWNER = '222222222222';
export const EXTERNAL_ID = 'the-external-id-of-the-role';

export const startBucketService = async (options: BucketServiceOptions = {}): Promise<BucketService> => {
  const { mode = 'stream', role = false, lifetime = 3_600_000, client, now, functionTimeout: timeout } = options;
  const timeouts = options.timeouts ?? {
    connect: 2_000,
    firstByte: 5_000,
    idle: 10_000,
    answer: 27_000,
    client: 60_000,
    resume: 30_000,
  };
  const origin = await startAwsOrigin({ now });
  const objects = new Map<string, StoredObject>();
  origin.buckets.set('images', { owner: OWNER, ...(role ? { reader: ROLE } : {}), objects });
  origin.roles.set(ROLE, { trusted: origin.caller, externalId: EXTERNAL_ID, lifetime });
  const credentials = createAssumedRole({
    roleArn: ROLE,
    externalId: EXTERNAL_ID,
    sessionName: 'images-api-test',
    client: origin.client,
    timeouts,
  });
  const bucket = {
    bucket: 'images',
    bucketOwner: OWNER,
    client: createS3Client({ ...origin.client, ...(role ? { credentials } : {}), ...client }, timeouts),
  };
  const store = createS3ImageStore(bucket);
  const bodies = new Set<unknown>();
  const watched: ImageStore = {
    describe: store.describe,
    open: async (key, options) => {
      const opened = await store.open(key, options);
      bodies.add(opened.body);
      (opened.body as Readable).once('close', () => bodies.delete(opened.body));
      return opened;
    },
  };
  const lines: string[] = [];
  const logged = Promise.withResolvers<void>();
  const destination = {
    write: (line: string) => {
      lines.push(line);
      logged.resolve();
    },
  };
  const settings = readSettings({ ENVIRONMENT: 'test', IMAGES_BUCKET: 'images' });
  const handlers = createHandlers(
    {
      ...settings,
      storeIdleTimeoutMs: timeouts.idle,
      storeResumeBudgetMs: timeouts.resume,
      clientIdleTimeoutMs: timeouts.client,
      answerTimeoutMs: timeouts.answer,
      listing: options.listing ?? settings.listing,
      signedLocations: options.signedLocations ?? settings.signedLocations,
      redirectAbove: options.redirectAbove,
    },
    {
      store: watched,
      index: createS3ImageIndex(bucket),
      locator: createS3ImageLocator(bucket),
      log: createPinoRequestLog({ level: 'info', environment: 'test', destination }),
    },
  );
  const integration =
    mode === 'buffered'
      ? ({ mode, invoke: handlers.buffered } as const)
      : ({ mode, invoke: handlers.streaming } as const);
  const gateway = await startGateway({ integration, ...(timeout === undefined ? {} : { timeout }) });
  return {
    origin,
    objects,
    gateway,
    log: lines,
    logged: logged.promise,
    bodies: () => bodies.size,
    url: (key) => `${gateway.origin}/dev/${key}`,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await origin.close();
    },
  };
};

/** A stored object with the content type image/jpeg. */
export const createImage = (bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): StoredObject =>
  createObject(bytes, { 'Content-Type': 'image/jpeg', 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT', ...headers });
