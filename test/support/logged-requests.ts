import { PassThrough } from 'node:stream';
import { createS3ImageStore } from '../../src/adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../../src/adapters/aws/sts-credentials.ts';
import { createPinoRequestLog } from '../../src/adapters/pino/request-log.ts';
import { createHandlers } from '../../src/app/container.ts';
import type { LogLevel } from '../../src/settings/settings.ts';
import { readSettings } from '../../src/settings/variables.ts';
import { createIntervention, refuse, resetAfter } from '../suites/faults/interventions.ts';
import { type Intervention, startAwsOrigin } from './aws-origin/aws-origin.ts';
import { createObject } from './aws-origin/s3-service.ts';
import { proxyEvent } from './events.ts';

export type Mode = 'streaming' | 'buffered';

/** Names of requests, and how they differ from a GET of an image that succeeds. */
const REQUESTS: Readonly<Record<string, RequestChange>> = {
  success: {},
  'not modified': { headers: { 'If-None-Match': '*' } },
  'missing image': { path: 'missing.jpg' },
  'invalid path': { path: 'a//b.jpg' },
  'unknown path': { path: 'a.pdf' },
  'store error': { intervention: createIntervention(refuse(500, 'InternalError')) },
  'broken image': { intervention: createIntervention(resetAfter(10_000)) },
  'refused role': { role: 'arn:aws:iam::222222222222:role/unknown' },
};

/** The client reads nothing. In buffered mode, API Gateway waits for the client instead of the function. */
const SLOW_CLIENT: Readonly<Record<string, RequestChange>> = { 'slow client': { reads: false } };

interface RequestChange {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Failure of S3. Default: none. */
  readonly intervention?: Intervention;
  /** Role that the service assumes to read the bucket. Default: none. */
  readonly role?: string;
  /** Whether the client reads the response. Default: true. */
  readonly reads?: boolean;
}

export const IMAGE_SIZE = 300_000;

/** Invocation ID of each request. */
export const invocationOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/**
 * Sends requests of every outcome to the composed service, which reads a local S3. Returns the name of each request with the
 * line that the service logged for it.
 */
export const logRequests = async (mode: Mode, logLevel: LogLevel): Promise<ReadonlyMap<string, string>> => {
  const origin = await startAwsOrigin();
  const objects = new Map([['a.jpg', createObject(new Uint8Array(IMAGE_SIZE), { 'Content-Type': 'image/jpeg' })]]);
  origin.buckets.set('images', { owner: '222222222222', objects });
  const timeouts = { connect: 2_000, firstByte: 5_000 };
  const lines = new Map<string, string>();
  const settings = {
    ...readSettings({ ENVIRONMENT: 'prod', IMAGES_BUCKET: 'images' }),
    clientIdleTimeoutMs: 100,
  };
  const requests = { ...REQUESTS, ...(mode === 'streaming' ? SLOW_CLIENT : {}) };
  try {
    for (const [index, [name, change]] of Object.entries(requests).entries()) {
      const { path = 'a.jpg', headers = {}, intervention, role, reads = true } = change;
      origin.intervene(intervention);
      const credentials =
        role && createAssumedRole({ roleArn: role, sessionName: 'images', client: origin.client, timeouts });
      const store = createS3ImageStore({
        bucket: 'images',
        bucketOwner: '222222222222',
        client: { ...origin.client, ...(credentials && { credentials }) },
        timeouts,
      });
      const destination = { write: (line: string) => void lines.set(name, line.trimEnd()) };
      const log = createPinoRequestLog({ level: logLevel, environment: 'prod', destination });
      const handlers = createHandlers(settings, { store, log });
      const context = { awsRequestId: invocationOf(index), getRemainingTimeInMillis: () => 30_000 };
      const event = proxyEvent(path, { headers, requestId: `request-${index}` });
      if (mode === 'buffered') await handlers.buffered(event, context);
      else {
        const output = new PassThrough();
        if (reads) output.resume();
        // An image that breaks off rejects the handler, and the runtime reports it.
        await handlers.streaming(event, context, () => output).catch(() => undefined);
      }
    }
  } finally {
    await origin.close();
  }
  return lines;
};
