import { Buffer } from 'node:buffer';

/** How many bytes JavaScript has copied or recoded since the last time it was asked. */
export type CopyCounter = () => number;

/**
 * For a process of its own, whose functions are replaced for good: counts what goes through those that copy bytes or make
 * text of them. What Node.js and the kernel copy on their own is the same for everybody, and is not counted.
 */
export const countCopies = (): CopyCounter => {
  let copied = 0;
  const count = (bytes: unknown): void => {
    copied += Number(bytes) || 0;
  };
  wrap(Buffer, 'concat', (_, result) => count(result.length));
  // Of an ArrayBuffer it makes a view.
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

// biome-ignore lint/suspicious/noExplicitAny: whatever the wrapped function takes and gives
type Observe = (args: readonly unknown[], result: any) => void;

const wrap = (owner: object, name: string, observe: Observe): void => {
  const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]) {
    const result = original.apply(this, args);
    observe(args, result);
    return result;
  });
};
