import { Buffer } from 'node:buffer';
import type { OnReadOpts, Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Has the sockets of an agent read into one buffer that they share, instead of into a new one for each read: at once, the
 * parser of HTTP copies out of it what is of the body, so that nobody meets the bytes of the next read.
 * https://nodejs.org/api/net.html#socketconnectoptions-connectlistener
 *
 * Those copies wait for V8, which counts objects and not the megabytes that they hold, and would let some 70 MB of them
 * gather (`npm run bench`). So they are collected when they are a few.
 */
export const SHARED_READS: OnReadOpts = {
  buffer: Buffer.allocUnsafeSlow(65_536),
  callback(this: Socket, length: number, bytes: Uint8Array): boolean {
    uncollected += length;
    if (uncollected >= COLLECTED_AFTER) {
      uncollected = 0;
      collect ??= exposeCollector();
      collect({ type: 'minor' });
    }
    this.emit('data', Buffer.from(bytes.buffer, bytes.byteOffset, length));
    return true;
  },
};

/** In bytes. */
const COLLECTED_AFTER = 8_000_000;
let uncollected = 0;

type Collector = (options: { readonly type: 'minor' }) => void;
let collect: Collector | undefined;

/**
 * As `--expose-gc` would, with which Node.js could not use the code of its own modules that it keeps compiled. The flag is
 * of the process, in which it changes nothing but what a new context finds.
 */
const exposeCollector = (): Collector => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
};
