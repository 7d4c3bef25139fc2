import { Buffer } from 'node:buffer';

/** Returns how many bytes JavaScript has copied or re-encoded since the previous call. */
export type CopyCounter = () => number;

/**
 * Counts the bytes that pass through the functions that copy bytes or convert them to text. It replaces these functions
 * for the rest of the process. Copies inside Node.js and the kernel are the same for all contestants and not counted.
 */
export const countCopies = (): CopyCounter => {
  let copied = 0;
  const count = (bytes: unknown): void => {
    copied += Number(bytes) || 0;
  };
  wrap(Buffer, 'concat', (_, result) => count(result.length));
  // Buffer.from(ArrayBuffer) creates a view and copies nothing.
  wrap(Buffer, 'from', ([source], result) => count(source instanceof ArrayBuffer ? 0 : result.length));
  wrap(Buffer.prototype, 'toString', (_, result) => count(result.length));
  wrap(Buffer.prototype, 'copy', (_, result) => count(result));
  wrap(Uint8Array.prototype, 'set', ([source]) => count((source as ArrayLike<number>).length));
  wrap(Uint8Array.prototype, 'slice', (_, result) => count(result.length));
  wrap(ArrayBuffer.prototype, 'slice', (_, result) => count(result.byteLength));
  wrap(TextDecoder.prototype, 'decode', (_, result) => count(result.length));
  return () => {
    const counted = copied;
    copied = 0;
    return counted;
  };
};

// biome-ignore lint/suspicious/noExplicitAny: the wrapped functions have different signatures
type Observe = (args: readonly unknown[], result: any) => void;

const wrap = (owner: object, name: string, observe: Observe): void => {
  const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]) {
    const result = original.apply(this, args);
    observe(args, result);
    return result;
  });
};
