import { Buffer } from 'node:buffer';
import type { ImageBody } from '../../src/domain/serving/ports.ts';
import { sampleBytes } from '../../src/testing/sample-bytes.ts';

/** Bytes without long repetitions, so that a wrong range is detected. */
export const makeBytes = (length: number): Buffer => Buffer.from(sampleBytes(length).buffer);

export const readBytes = async (body: ImageBody): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
