import { Buffer } from 'node:buffer';
import type { ImageBody } from '../../src/domain/serving/ports.ts';

/** Bytes of which no part is like another part of the same length for long, so that a wrong range shows. */
export const makeBytes = (length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length);
  let state = length + 1;
  for (let index = 0; index < length; index++) {
    // A linear congruential generator, with the constants of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

export const readBytes = async (body: ImageBody): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
