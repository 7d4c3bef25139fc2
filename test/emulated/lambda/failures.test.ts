import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readAnswer } from '../../support/lambda-runtime/gateway-answer.ts';
import {
  type LambdaFunction,
  type Mode,
  SECRET_ACCESS_KEY,
  startFunction,
} from '../../support/lambda-runtime/lambda-function.ts';
import { API_KEY, proxyEvent } from './proxy-event.ts';
import { startS3Origin } from './s3-origin.ts';

const IMAGE = randomBytes(1_000_000);
const HALF = IMAGE.length / 2;

it.each<Mode>(['streaming', 'buffered'])(
  'fails to initialise (%s), and lists every fault of its environment',
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

describe('when the store breaks off in the middle of an image', () => {
  let breakOff: () => void;
  let start: (mode: Mode) => Promise<LambdaFunction>;

  beforeEach(async () => {
    const until = new Promise<void>((resolve) => {
      breakOff = resolve;
    });
    const contentType = 'image/jpeg';
    const origin = await startS3Origin({
      'pictures/whole.jpeg': { bytes: IMAGE, contentType },
      'pictures/broken.jpeg': { bytes: IMAGE, contentType, cut: { after: HALF, until } },
    });
    start = async (mode) => {
      const lambda = await startFunction(mode, {
        ENVIRONMENT: 'test',
        IMAGES_BUCKET: 'pictures',
        AWS_ENDPOINT_URL: origin.url,
      });
      onTestFinished(async () => {
        await lambda.stop();
        await origin.close();
      });
      return lambda;
    };
  });

  it('ends the stream as failed, never as whole, and serves the next request', async () => {
    const lambda = await start('streaming');
    // Part of the image has reached the caller when the store goes away.
    const completion = await lambda.invoke(proxyEvent('GET', 'broken.jpeg'), {
      onBytes: (total) => {
        if (total >= HALF) breakOff();
      },
    });
    expect(completion).toMatchObject({ kind: 'failed', error: { errorType: 'ImageError' } });
    expect(completion.body.includes(IMAGE.subarray(0, HALF / 2))).toBe(true);
    const { body } = readAnswer(await lambda.invoke(proxyEvent('GET', 'whole.jpeg')));
    expect(body.equals(IMAGE)).toBe(true);
  });

  it('answers 502 where nothing has been sent, and serves the next request', async () => {
    const lambda = await start('buffered');
    breakOff();
    const { status, body } = readAnswer(await lambda.invoke(proxyEvent('GET', 'broken.jpeg')));
    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'store-unavailable', retryable: true });
    const next = readAnswer(await lambda.invoke(proxyEvent('GET', 'whole.jpeg')));
    expect(next.body.equals(IMAGE)).toBe(true);
  });

  it('logs a line for each request, which names the source of a failure and holds no secret', async () => {
    const lambda = await start('buffered');
    breakOff();
    await lambda.invoke(proxyEvent('GET', 'whole.jpeg'));
    await lambda.invoke(proxyEvent('GET', 'broken.jpeg'));
    const output = await lambda.stop();
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { environment: 'test', status: 200, path: 'whole.jpeg', key: 'whole.jpeg', bytes: IMAGE.length, coldStart: true },
      { status: 502, path: 'broken.jpeg', code: 'store-unavailable', coldStart: false },
    ]);
    expect(lines[1].err.stack).toMatch(/src\/adapters\/[\w-]+\.ts:\d+/);
    expect(output).not.toContain(API_KEY);
    expect(output).not.toContain(SECRET_ACCESS_KEY);
  });
});
