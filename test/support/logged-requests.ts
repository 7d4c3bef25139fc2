import { PassThrough } from 'node:stream';
import type { ApiGatewayHandlers, InvocationContext, Prelude } from '../../src/adapters/api-gateway/handler.ts';
import { createS3Client } from '../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../../src/adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../src/adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../../src/adapters/aws/sts-credentials.ts';
import { createPinoRequestLog } from '../../src/adapters/pino/request-log.ts';
import { createHandlers } from '../../src/app/container.ts';
import { NDJSON_TYPE } from '../../src/contract/http.ts';
import type { FunctionSettings, LogLevel } from '../../src/settings/settings.ts';
import { readSettings } from '../../src/settings/variables.ts';
import { createIntervention, refuse, resetAfter } from '../suites/faults/interventions.ts';
import { type Intervention, startAwsOrigin } from './aws-origin/aws-origin.ts';
import { Refusal } from './aws-origin/exchange.ts';
import { createObject } from './aws-origin/s3-service.ts';
import { type EventChanges, proxyEvent } from './events.ts';

export type Mode = 'streaming' | 'buffered';

export const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Two routes share the folder of the listed paths, so a listing asks S3 for two key prefixes. */
const MAPPING = {
  routes: [
    { path: 'listed-path/{name}.jpg', key: 'listed-key/{name}.jpg' },
    { path: 'listed-path/{name}.png', key: 'listed-key-2/{name}.png' },
    { path: '{name}.{ext:image}', key: '{name}.{ext}' },
  ],
};

export const IMAGE_SIZE = 300_000;

/** Bytes of each object by key. */
const OBJECTS: Readonly<Record<string, number>> = {
  'a.jpg': IMAGE_SIZE,
  'large.jpg': IMAGE_SIZE + 1,
  'listed-key/prefixed-1.jpg': 1,
  'listed-key/prefixed-2.jpg': 1,
  'listed-key/prefixed-3.jpg': 1,
  'listed-key-2/prefixed-1.png': 1,
};

interface RequestChange extends EventChanges {
  readonly path?: string;
  /** Name of the earlier listing whose cursor the request sends. */
  readonly follows?: string;
  /** Creates the failure of S3. Default: none. */
  readonly fail?: () => Intervention;
  /** Role that the service assumes to read the bucket. Default: none. */
  readonly role?: string;
  /** Whether the client reads the response. Default: true. */
  readonly reads?: boolean;
}

const failStore = () => createIntervention(refuse(500, 'InternalError'));

/** Denies every request to S3 except the first one. */
const denySecondCall = (): Intervention => {
  let calls = 0;
  return (_request, answer) => {
    calls += 1;
    if (calls > 1) throw new Refusal(403, 'AccessDenied');
    return answer;
  };
};

/** Refuses a continuation token. The error response of S3 repeats it. */
const refuseToken = (): Intervention => (request) => {
  const token = new URLSearchParams(request.query).get('continuation-token');
  throw new Refusal(400, 'InvalidArgument', { ArgumentName: 'continuation-token', ArgumentValue: String(token) });
};

const LISTING = { path: '', query: { prefix: 'listed-path/prefixed' } };
const LINES = { ...LISTING, headers: { Accept: NDJSON_TYPE } };
const PAGE = { path: '', query: { prefix: 'listed-path/prefixed', limit: '2' } };

const locate = (...paths: readonly string[]): RequestChange => ({
  path: '',
  method: 'POST',
  body: JSON.stringify({ paths }),
});

/** Names of requests, and how they differ from a GET of an image that succeeds. */
const REQUESTS: Readonly<Record<string, RequestChange>> = {
  success: {},
  'not modified': { headers: { 'If-None-Match': '*' } },
  'missing image': { path: 'missing.jpg' },
  'invalid path': { path: 'a//b.jpg' },
  'unknown path': { path: 'a.pdf' },
  'store error': { fail: failStore },
  'broken image': { fail: () => createIntervention(resetAfter(10_000)) },
  'refused role': { role: 'arn:aws:iam::222222222222:role/unknown' },
  redirect: { path: 'large.jpg' },
  listing: LINES,
  'first page': PAGE,
  'next page': { ...PAGE, follows: 'first page' },
  'headers of a page': { ...PAGE, method: 'HEAD' },
  'failing listing': { ...LISTING, fail: failStore },
  'interrupted listing': { ...LINES, fail: denySecondCall },
  'malformed cursor': { path: '', query: { cursor: 'malformed-cursor' } },
  'refused cursor': { ...PAGE, follows: 'first page', fail: refuseToken },
  batch: locate('a.jpg', 'large.jpg', 'missing.jpg'),
  'failing batch': { ...locate('a.jpg', 'large.jpg'), fail: failStore },
  'empty batch': locate(),
};

/** The client reads nothing. In buffered mode, API Gateway waits for the client instead of the function. */
const SLOW_CLIENT: Readonly<Record<string, RequestChange>> = { 'slow client': { reads: false } };

/** Invocation ID of each request. */
export const invocationOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

export interface LoggedRequest {
  /** The line that the service logs at each level. It logs none at the level silent. */
  readonly lines: ReadonlyMap<LogLevel, string>;
  /** Status, headers and body of the response, as text. */
  readonly response: string;
}

/**
 * Sends requests of every outcome to the composed service, which reads a local S3. Returns what it logged and answered, by the
 * name of the request.
 */
export const logRequests = async (mode: Mode): Promise<ReadonlyMap<string, LoggedRequest>> => {
  const origin = await startAwsOrigin();
  const objects = Object.entries(OBJECTS).map(
    ([key, size]) => [key, createObject(new Uint8Array(size), { 'Content-Type': 'image/jpeg' })] as const,
  );
  origin.buckets.set('images', { owner: '222222222222', objects: new Map(objects) });
  const timeouts = { connect: 2_000, firstByte: 5_000 };
  const settings: FunctionSettings = {
    ...readSettings({ ENVIRONMENT: 'prod', IMAGES_BUCKET: 'images' }),
    mapping: MAPPING,
    clientIdleTimeoutMs: 100,
    listing: 'on',
    signedLocations: 'on',
    redirectAbove: IMAGE_SIZE,
  };
  const requests = { ...REQUESTS, ...(mode === 'streaming' ? SLOW_CLIENT : {}) };
  const logged = new Map<string, LoggedRequest>();
  try {
    for (const [index, [name, change]] of Object.entries(requests).entries()) {
      const { path = 'a.jpg', follows, fail, role, reads = true, ...changes } = change;
      origin.intervene(fail?.());
      const credentials =
        role && createAssumedRole({ roleArn: role, sessionName: 'images', client: origin.client, timeouts });
      const client = createS3Client({ ...origin.client, ...(credentials && { credentials }) }, timeouts);
      const bucket = { bucket: 'images', bucketOwner: '222222222222', client };
      const lines = new Map<LogLevel, string>();
      const logs = LEVELS.map((level) => {
        const destination = { write: (line: string) => void lines.set(level, line.trimEnd()) };
        return createPinoRequestLog({ level, environment: 'prod', destination });
      });
      const handlers = createHandlers(settings, {
        store: createS3ImageStore(bucket),
        index: createS3ImageIndex(bucket),
        locator: createS3ImageLocator(bucket),
        log: {
          record: (record) => {
            for (const log of logs) log.record(record);
          },
        },
      });
      const context = { awsRequestId: invocationOf(index), getRemainingTimeInMillis: () => 30_000 };
      const query = follows && { query: { ...changes.query, cursor: cursorOf(logged.get(follows)) } };
      const event = proxyEvent(path, { ...changes, ...query, requestId: `request-${index}` });
      const response = await (mode === 'buffered'
        ? answerWhole(handlers, event, context)
        : answerStream(handlers, event, context, reads));
      logged.set(name, { lines, response });
    }
  } finally {
    await origin.close();
  }
  return logged;
};

/** The cursor of the next page. */
export const cursorOf = (listing: LoggedRequest | undefined): string => {
  const [, cursor] = /"next":"([^"]+)"/.exec(listing?.response ?? '') ?? [];
  if (cursor === undefined) throw new Error('The response has no cursor.');
  return cursor;
};

const answerWhole = async (
  { buffered }: ApiGatewayHandlers,
  event: unknown,
  context: InvocationContext,
): Promise<string> => {
  const { body, isBase64Encoded, ...head } = await buffered(event, context);
  return `${JSON.stringify(head)}${Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')}`;
};

const answerStream = async (
  { streaming }: ApiGatewayHandlers,
  event: unknown,
  context: InvocationContext,
  reads: boolean,
): Promise<string> => {
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  if (reads) output.on('data', (chunk: Buffer) => chunks.push(chunk));
  let head = {};
  const start = (prelude: Prelude) => {
    head = prelude;
    return output;
  };
  // A response that breaks off rejects the handler, and the runtime reports it.
  await streaming(event, context, start).catch(() => undefined);
  return `${JSON.stringify(head)}${Buffer.concat(chunks)}`;
};
