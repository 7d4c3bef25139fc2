import { Buffer } from 'node:buffer';
import type { Writable } from 'node:stream';
import { toImageError } from '../../domain/errors.ts';
import { bodyInterrupted, lengthMismatch } from '../../domain/serving/body-errors.ts';
import type { AbortSignalLike, ImageBody } from '../../domain/serving/ports.ts';
import { createWatchdog } from '../watchdog.ts';

/** Progress of a transfer. */
export interface Transfer {
  /** Bytes sent so far. */
  bytes: number;
}

/** The client did not read the response in time. The error is only logged, because the response has already started. */
export class ClientTimeoutError extends Error {
  override readonly name = 'ClientTimeoutError';
  readonly code = 'client-timeout';
}

export interface SendOptions {
  /** The deadline of the request. */
  readonly signal: AbortSignalLike;
  /** Milliseconds for which the client may leave sent bytes unread. */
  readonly clientIdleTimeout: number;
  readonly transfer: Transfer;
}

/**
 * Sends a body as fast as the client reads, then ends the output. If the client disconnects, the body is destroyed and the
 * call returns without an error. Only `npm start` notices that: Lambda keeps the output open and bills the stream to its end.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 *
 * @param length bytes of the body; undefined if they are not known.
 * @throws ImageError if the body is interrupted or does not have the announced length.
 * @throws ClientTimeoutError if the client reads nothing for too long, or is still reading at the deadline.
 */
export const sendBody = async (
  stream: ImageBody,
  length: number | undefined,
  output: Writable,
  { signal, clientIdleTimeout, transfer }: SendOptions,
): Promise<void> => {
  if (output.destroyed) return void stream.destroy();
  const client = createWatchdog({ parent: signal, onTimeout: () => clientIdle(clientIdleTimeout) });
  let wake = () => {};
  const onEvent = () => wake();
  const onClose = () => {
    stream.destroy();
    wake();
  };
  /** Waits for the client until `isDone` returns true or the output is closed. Throws on a timeout. */
  const waitFor = async (isDone: () => boolean): Promise<void> => {
    client.arm(clientIdleTimeout);
    while (!(isDone() || output.destroyed || client.signal.aborted)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    client.disarm();
    if (!(isDone() || output.destroyed)) throw toClientTimeout(client.signal.reason);
  };
  output.on('close', onClose).on('drain', onEvent);
  client.signal.addEventListener('abort', onEvent);
  try {
    for await (const chunk of stream) {
      // Waits before a chunk, not after it, so the store can send the next chunk in the meantime.
      if (output.writableNeedDrain) await waitFor(() => !output.writableNeedDrain);
      if (output.destroyed) return;
      if (length !== undefined && transfer.bytes + chunk.length > length) throw lengthMismatch(length);
      transfer.bytes += chunk.length;
      output.write(chunk);
    }
    if (output.destroyed) return;
    if (length !== undefined && transfer.bytes < length) throw lengthMismatch(length);
    // After `end` the runtime client can no longer report a failure, so the client must have read all but the last buffer.
    if (output.writableNeedDrain) await waitFor(() => !output.writableNeedDrain);
    output.end();
  } catch (error) {
    if (error instanceof ClientTimeoutError) throw error;
    if (!output.destroyed) throw bodyInterrupted(error);
  } finally {
    client.stop();
    output.off('close', onClose).off('drain', onEvent);
  }
};

const clientIdle = (milliseconds: number): ClientTimeoutError =>
  new ClientTimeoutError(`The client left sent bytes unread for ${milliseconds} ms.`);

/** If the deadline passes while the service waits for the client, the client is the cause. */
const toClientTimeout = (reason: unknown): ClientTimeoutError =>
  reason instanceof ClientTimeoutError
    ? reason
    : new ClientTimeoutError('The client was still reading when the function ran out of time.', { cause: reason });

/** Called while the chunks of a body are produced. */
export interface ChunkEvents {
  /** The wait for the next chunk begins. */
  onWait(): void;
  /** The wait ends. */
  onChunk(): void;
  /** The body is destroyed, so that no further chunk is needed. */
  onDestroy(): void;
}

/** Converts strings to a body in UTF-8. The body fails with the error of the strings, as an ImageError. */
export const toBody = (chunks: AsyncIterable<string> | Iterable<string>, events: ChunkEvents): ImageBody => ({
  async *[Symbol.asyncIterator]() {
    events.onWait();
    try {
      for await (const chunk of chunks) {
        events.onChunk();
        yield Buffer.from(chunk);
        events.onWait();
      }
    } catch (error) {
      throw toImageError(error);
    }
  },
  destroy: events.onDestroy,
});

/**
 * Reads a body of `length` bytes into one buffer.
 *
 * @throws ImageError if the body is interrupted or does not have the announced length.
 */
export const readImage = async (stream: ImageBody, length: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  try {
    for await (const chunk of stream) {
      if (filled + chunk.length > length) throw lengthMismatch(length);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
  } catch (error) {
    throw bodyInterrupted(error);
  }
  if (filled < length) throw lengthMismatch(length);
  return bytes;
};

/** Reads strings into one buffer in UTF-8. Undefined if they have more than `maxBytes`. */
export const readChunks = async (
  chunks: AsyncIterable<string> | Iterable<string>,
  maxBytes: number,
): Promise<Buffer | undefined> => {
  const buffers: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) return undefined;
    buffers.push(bytes);
  }
  return Buffer.concat(buffers);
};
