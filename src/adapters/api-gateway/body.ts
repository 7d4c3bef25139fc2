import { Buffer } from 'node:buffer';
import type { Writable } from 'node:stream';
import { brokenOff, notAsLongAs } from '../../domain/errors.ts';
import type { ImageBody } from '../../domain/serving/ports.ts';

/** How far a transfer came. */
export interface Transfer {
  sent: number;
}

/**
 * Sends a body of `length` bytes, as fast as it is taken. When the taker goes away, the body is destroyed and nothing is
 * thrown: there is nobody left to tell.
 *
 * @throws ImageError when the body breaks off, or is not as long as was announced.
 */
export const send = async (body: ImageBody, length: number, output: Writable, transfer: Transfer): Promise<void> => {
  const abandon = () => body.destroy();
  if (output.destroyed) return void abandon();
  output.on('close', abandon);
  try {
    for await (const chunk of body) {
      // Before a chunk, and not after one: the next one comes meanwhile, and the last one holds up nothing.
      if (output.writableNeedDrain) await drained(output);
      if (output.destroyed) break;
      if (transfer.sent + chunk.length > length) throw notAsLongAs(length);
      transfer.sent += chunk.length;
      output.write(chunk);
    }
    if (transfer.sent < length && !output.destroyed) throw notAsLongAs(length);
  } catch (error) {
    if (!output.destroyed) throw brokenOff(error);
  } finally {
    output.off('close', abandon);
  }
};

/**
 * Reads a body of `length` bytes into one allocation.
 *
 * @throws ImageError when the body breaks off, or is not as long as was announced.
 */
export const collect = async (body: ImageBody, length: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  try {
    for await (const chunk of body) {
      if (filled + chunk.length > length) throw notAsLongAs(length);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
  } catch (error) {
    throw brokenOff(error);
  }
  if (filled < length) throw notAsLongAs(length);
  return bytes;
};

/** Also settles when the output is closed: it would never drain then. */
const drained = (output: Writable): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      output.off('drain', settle);
      output.off('close', settle);
      resolve();
    };
    output.on('drain', settle);
    output.on('close', settle);
    if (output.destroyed) settle();
  });
