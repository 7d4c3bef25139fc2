import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readImage, sendBody, toBody } from '../../../src/adapters/api-gateway/body.ts';

const BYTES = Buffer.from('0123456789');
const STREAMS: [name: string, chunks: Buffer[]][] = [
  ['shorter', [BYTES.subarray(0, 5)]],
  ['longer', [BYTES, BYTES]],
];

const optionsFor = (signal: AbortSignal = new AbortController().signal) => ({
  signal,
  clientIdleTimeout: 1_000,
  transfer: { bytes: 0 },
});

describe('sendBody', () => {
  test.each(STREAMS)('rejects a body that is %s than announced, and destroys it', async (_name, chunks) => {
    const stream = Readable.from(chunks);
    const sending = sendBody(stream, BYTES.length, new PassThrough(), optionsFor());
    await expect(sending).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('announced'),
    });
    expect(stream.destroyed).toBe(true);
  });

  test('sends nothing more if the output is closed between two chunks', async () => {
    const options = optionsFor();
    const output = new Writable({
      write(_chunk, _encoding, done) {
        done();
        this.destroy();
      },
    });
    await sendBody(Readable.from([BYTES, BYTES]), 2 * BYTES.length, output, options);
    expect(options.transfer.bytes).toBe(BYTES.length);
  });

  test('returns if the output is closed with the last chunk', async () => {
    const output = new Writable({
      write(_chunk, _encoding, done) {
        done();
        this.destroy();
      },
    });
    await sendBody(Readable.from([BYTES]), BYTES.length, output, optionsFor());
    expect(output.destroyed).toBe(true);
  });

  test('rejects with internal if the strings of a body fail unexpectedly', async () => {
    const cause = new TypeError('unexpected');
    const failing = (async function* () {
      yield 'a line\n';
      throw cause;
    })();
    const body = toBody(failing, { onWait: () => {}, onChunk: () => {}, onDestroy: () => {} });
    await expect(sendBody(body, undefined, new PassThrough(), optionsFor())).rejects.toMatchObject({
      code: 'internal',
      cause,
    });
  });

  test('rejects with client-timeout if the deadline passes before the client reads', async () => {
    const full = new Writable({ highWaterMark: 1, write: () => undefined });
    full.write('x');
    const sending = sendBody(
      Readable.from([BYTES]),
      BYTES.length,
      full,
      optionsFor(AbortSignal.abort(new Error('late'))),
    );
    await expect(sending).rejects.toMatchObject({ code: 'client-timeout', cause: { message: 'late' } });
  });
});

describe('readImage', () => {
  test.each(STREAMS)('rejects a body that is %s than announced, and destroys it', async (_name, chunks) => {
    const stream = Readable.from(chunks);
    await expect(readImage(stream, BYTES.length)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(stream.destroyed).toBe(true);
  });
});
