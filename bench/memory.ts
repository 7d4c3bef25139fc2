import { readFile, writeFile } from 'node:fs/promises';
import type { FunctionProcess } from '../test/support/lambda-runtime/lambda-function.ts';
import type { Size } from './images.ts';
import { canSend, invoke } from './latency.ts';
import { type Rival, type RivalName, startRival } from './rivals.ts';
import { median, round } from './samples.ts';

/** In megabytes of resident memory. */
export interface Memory {
  /** Of the median run: how far the peak lies above what the process had before. */
  readonly growthMb: number;
  readonly peakMb: number;
  readonly samplesMb: readonly number[];
}

export type Memories = Partial<Record<RivalName, Partial<Record<Size, Memory>>>>;

/**
 * How much a warm process grows while it sends images of a size, the smaller sizes first. Each run has a fresh process,
 * which first serves images of 100 KB until it grows no more for their sake.
 */
export const measureMemory = async (
  rivals: readonly Rival[],
  origin: string,
  sizes: readonly Size[],
  runs: number,
  progress: (done: string) => void,
): Promise<Memories> => {
  const memories: Memories = {};
  for (const rival of rivals) {
    const able = sizes.filter((size) => canSend(rival, size));
    const samples: (readonly Sample[])[] = [];
    for (let run = 1; run <= runs; run++) {
      progress(`memory, ${rival.label}, run ${run} of ${runs}`);
      samples.push(await runOnce(rival, origin, able));
    }
    const bySize = able.map((size, index) => [size, summarise(samples.map((run) => run[index] as Sample))]);
    memories[rival.name] = Object.fromEntries(bySize);
  }
  return memories;
};

interface Sample {
  readonly growth: number;
  readonly peak: number;
}

const summarise = (samples: readonly Sample[]): Memory => ({
  growthMb: round(median(samples.map(({ growth }) => growth))),
  peakMb: round(median(samples.map(({ peak }) => peak))),
  samplesMb: samples.map(({ growth }) => round(growth)),
});

const WARM_UP = 1000;
const IMAGES = 3;

const runOnce = async (rival: Rival, origin: string, sizes: readonly Size[]): Promise<readonly Sample[]> => {
  const lambda = await startRival(rival, origin);
  try {
    const before = await peakWhile(lambda, rival, '100 KB', WARM_UP);
    const samples: Sample[] = [];
    for (const size of sizes) {
      const peak = await peakWhile(lambda, rival, size, IMAGES);
      samples.push({ growth: peak - before, peak });
    }
    return samples;
  } finally {
    await lambda.stop();
  }
};

/** The peak of resident memory, in megabytes. */
const peakWhile = async (lambda: FunctionProcess, { label }: Rival, size: Size, images: number): Promise<number> => {
  // Lets the kernel forget the peak so far: https://docs.kernel.org/filesystems/proc.html#process-specific-subdirectories
  await writeFile(`/proc/${lambda.pid}/clear_refs`, '5');
  for (let image = 0; image < images; image++) await invoke(lambda, label, size);
  const status = await readFile(`/proc/${lambda.pid}/status`, 'utf8');
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
};
