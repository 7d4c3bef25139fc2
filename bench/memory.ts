import { readFile, writeFile } from 'node:fs/promises';
import type { FunctionProcess } from '../test/support/lambda-runtime/lambda-function.ts';
import { type Contestant, type ContestantName, startContestant } from './contestants.ts';
import type { Size } from './images.ts';
import { canSend, invoke } from './latency.ts';
import { median, round } from './samples.ts';

/** Resident memory in MB (1,000,000 bytes). */
export interface Memory {
  /** Median over the runs: the peak minus the peak while the process served images of 100 KB. */
  readonly growthMb: number;
  readonly peakMb: number;
  readonly samplesMb: readonly number[];
}

export type Memories = Partial<Record<ContestantName, Partial<Record<Size, Memory>>>>;

/**
 * Measures how much a warm process grows while it sends images of each size, in the order of `sizes`. Each run starts a
 * new process, which first serves images of 100 KB until its memory no longer grows.
 */
export const measureMemory = async (
  contestants: readonly Contestant[],
  origin: string,
  sizes: readonly Size[],
  runs: number,
  progress: (done: string) => void,
): Promise<Memories> => {
  const memories: Memories = {};
  for (const contestant of contestants) {
    const able = sizes.filter((size) => canSend(contestant, size));
    const samples: (readonly Sample[])[] = [];
    for (let run = 1; run <= runs; run++) {
      progress(`memory, ${contestant.label}, run ${run} of ${runs}`);
      samples.push(await runOnce(contestant, origin, able));
    }
    const bySize = able.map((size, index) => [size, summarise(samples.map((run) => run[index] as Sample))]);
    memories[contestant.name] = Object.fromEntries(bySize);
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

const runOnce = async (contestant: Contestant, origin: string, sizes: readonly Size[]): Promise<readonly Sample[]> => {
  const lambda = await startContestant(contestant, origin);
  try {
    const before = await peakWhile(lambda, contestant, '100 KB', WARM_UP);
    const samples: Sample[] = [];
    for (const size of sizes) {
      const peak = await peakWhile(lambda, contestant, size, IMAGES);
      samples.push({ growth: peak - before, peak });
    }
    return samples;
  } finally {
    await lambda.stop();
  }
};

/** Peak of the resident memory in MB while the process serves `images` images. */
const peakWhile = async (
  lambda: FunctionProcess,
  { label }: Contestant,
  size: Size,
  images: number,
): Promise<number> => {
  // Resets the peak: https://docs.kernel.org/filesystems/proc.html#process-specific-subdirectories
  await writeFile(`/proc/${lambda.pid}/clear_refs`, '5');
  for (let image = 0; image < images; image++) await invoke(lambda, label, size);
  const status = await readFile(`/proc/${lambda.pid}/status`, 'utf8');
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
};
