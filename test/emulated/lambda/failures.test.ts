import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { createObject } from '../../support/aws-origin/s3-service.ts';
import { EVENT_API_KEY, proxyEvent } from '../../support/events.ts';
import { readAnswer } from '../../support/lambda-runtime/gateway-answer.ts';
import { type LambdaFunction, type Mode, startFunction } from '../../support/lambda-runtime/lambda-function.ts';

const IMAGE = randomBytes(1_000_000);
const HALF = IMAGE.length / 2;

it.each<Mode>(['streaming', 'buffered'])(
  'the %s function fails to initialise and lists all errors in its settings',
  async (mode) => {
    const started = startFunction(mode, {
      IMAGES_BUCKET: 'Not A Bucket',
      LOG_LEVEL: 'loud',
      IMAGES_MAPPING: '{"routes": [{"path": "{id}.{ext:image}", "key": "{id}"}]}',
    });
    await expect(started).rejects.toMatchObject({ name: 'InitError', errorType: 'SettingsError' });
    await expect(started).rejects.toThrow(/^The configuration cannot be used:(\n- .+){4}$/);
    await expect(started).rejects.toThrow('- ENVIRONMENT: missing');
    await expect(started).rejects.toThrow('- IMAGES_BUCKET: expected');
    await expect(started).rejects.toThrow('- LOG_LEVEL: expected');
    await expect(started).rejects.toThrow('- IMAGES_MAPPING: route 1, key, column 1: it drops {ext}');
  },
);

describe('a client that stops reading a streamed image', () => {
  const LARGE = randomBytes(25_000_000);
  /** Stops reading for `stallMs`. Returns how the invocation ended, after how many milliseconds, and its log line. */
  const stall = async (environment: Record<string, string>, timeoutMs: number, stallMs: number) => {
    const origin = await startAwsOrigin();
    onTestFinished(() => origin.close());
    const objects = new Map([['large.jpeg', createObject(LARGE, { 'Content-Type': 'image/jpeg' })]]);
    origin.buckets.set('pictures', { owner: '111111111111', objects });
    const settings = { ENVIRONMENT: 'test', IMAGES_BUCKET: 'pictures', ...environment, ...origin.environment };
    const lambda = await startFunction('streaming', settings);
    let stalled: Promise<void> | undefined;
    let started = 0;
    const completion = await lambda.invoke(proxyEvent('large.jpeg'), {
      timeoutMs,
      onStart: () => {
        started = performance.now();
      },
      onBytes: () => {
        stalled ??= delay(stallMs);
        return stalled;
      },
    });
    const elapsed = performance.now() - started;
    const next = readAnswer(await lambda.invoke(proxyEvent('large.jpeg')));
    expect(next.body.equals(LARGE)).toBe(true);
    const [line = ''] = (await lambda.stop()).split('\n');
    return { completion, elapsed, line: JSON.parse(line) };
  };

  it('is disconnected before the function times out, with a log line and a failure trailer', async () => {
    const { completion, elapsed, line } = await stall({}, 5_000, 4_500);
    expect(elapsed).toBeLessThan(5_000);
    expect(completion).toMatchObject({ kind: 'failed', error: { errorType: 'ClientTimeoutError' } });
    expect(line).toMatchObject({ status: 200, path: 'large.jpeg', code: 'client-timeout', level: 50 });
    expect(line.bytes).toBeLessThan(LARGE.length);
    expect(line.ms.send).toBeLessThan(4_100);
  });

  it('is disconnected after the client idle timeout', async () => {
    const { completion, line } = await stall({ CLIENT_IDLE_TIMEOUT_MS: '500' }, 60_000, 2_000);
    expect(completion).toMatchObject({ kind: 'failed', error: { errorType: 'ClientTimeoutError' } });
    expect(line).toMatchObject({
      code: 'client-timeout',
      err: { message: 'The client left sent bytes unread for 500 ms.' },
    });
  });
});

describe('the function, if the store interrupts the download of an image', () => {
  let interrupt: () => void;
  let origin: AwsOrigin;
  let start: (mode: Mode) => Promise<LambdaFunction>;

  beforeEach(async () => {
    const interrupted = new Promise<void>((resolve) => {
      interrupt = resolve;
    });
    origin = await startAwsOrigin();
    onTestFinished(() => origin.close());
    const image = createObject(IMAGE, { 'Content-Type': 'image/jpeg' });
    const objects = new Map(['whole.jpeg', 'broken.jpeg'].map((key) => [key, image]));
    origin.buckets.set('pictures', { owner: '111111111111', objects });
    // S3 sends the first half of the image and never the second half, however often the service resumes.
    origin.intervene(({ path }, answer) => {
      if (path !== '/pictures/broken.jpeg') return answer;
      return async (response) => {
        response.writeHead(answer.status, answer.headers).flushHeaders();
        if (answer.status === 200) response.write(IMAGE.subarray(0, HALF));
        await interrupted;
        response.socket?.resetAndDestroy();
      };
    });
    start = async (mode) => {
      const environment = { ENVIRONMENT: 'test', IMAGES_BUCKET: 'pictures', ...origin.environment };
      const lambda = await startFunction(mode, environment);
      onTestFinished(async () => {
        await lambda.stop();
      });
      return lambda;
    };
  });

  it('ends the stream as failed and serves the next request (streaming)', async () => {
    const lambda = await start('streaming');
    // The connection to the store breaks after the client has received part of the image.
    const completion = await lambda.invoke(proxyEvent('broken.jpeg'), {
      onBytes: (total) => {
        if (total >= HALF) interrupt();
      },
    });
    expect(completion).toMatchObject({ kind: 'failed', error: { errorType: 'ImageError' } });
    expect(completion.body.includes(IMAGE.subarray(0, HALF / 2))).toBe(true);
    const { body } = readAnswer(await lambda.invoke(proxyEvent('whole.jpeg')));
    expect(body.equals(IMAGE)).toBe(true);
  });

  it('answers 502 and serves the next request (buffered)', async () => {
    const lambda = await start('buffered');
    interrupt();
    const { status, body } = readAnswer(await lambda.invoke(proxyEvent('broken.jpeg')));
    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'store-unavailable', retryable: true });
    const next = readAnswer(await lambda.invoke(proxyEvent('whole.jpeg')));
    expect(next.body.equals(IMAGE)).toBe(true);
  });

  it.each([
    { mode: 'streaming', status: 200 },
    { mode: 'buffered', status: 502 },
  ] as const)(
    'logs one line per request, without secrets and with the IDs of Lambda ($mode)',
    async ({ mode, status }) => {
      const lambda = await start(mode);
      await lambda.invoke(proxyEvent('whole.jpeg'));
      if (mode === 'buffered') interrupt();
      // A stream is interrupted only after it has started.
      await lambda.invoke(proxyEvent('broken.jpeg'), {
        onBytes: (total) => {
          if (total >= HALF) interrupt();
        },
      });
      const output = await lambda.stop();
      const written = output.trimEnd().split('\n');
      const lines = written.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
      const code = 'store-unavailable';
      expect(lines).toMatchObject([
        {
          environment: 'test',
          awsRequestId: 'invocation-1',
          traceId: '1-5759e988-bd862e3fe1be46a994272793',
          status: 200,
          path: 'whole.jpeg',
          key: 'whole.jpeg',
          bytes: IMAGE.length,
          coldStart: true,
        },
        { awsRequestId: 'invocation-2', status, path: 'broken.jpeg', code, coldStart: false },
      ]);
      expect(lines[1].err.cause.message).not.toBe('');
      for (const secret of [EVENT_API_KEY, ...origin.secrets()]) expect(output).not.toContain(secret);
      // If a stream breaks off, the runtime also writes a line, with the ID of the same invocation.
      const runtimeLines = written.filter((line) => !line.startsWith('{'));
      expect(runtimeLines).toEqual(
        mode === 'streaming' ? [expect.stringMatching(/\tinvocation-2\tERROR\tInvoke Error /)] : [],
      );
    },
  );
});
