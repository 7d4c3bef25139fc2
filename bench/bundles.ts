import { runChild } from './child.ts';
import { type BundleSize, type Contestant, type ContestantName, serviceEnvironment } from './contestants.ts';
import { round, type Summary, summarise } from './samples.ts';

export type Bundles = Partial<Record<ContestantName, BundleReport>>;

export interface BundleReport extends BundleSize {
  /** Time to load the module in a process that has loaded nothing else. */
  readonly import: Summary;
  /** Bytes that JavaScript copies or re-encodes, per byte of a 1 MB image. */
  readonly copiesPerByte: number;
}

/** Measures the size, the load time and the copies of each bundle. */
export const measureBundles = async (
  contestants: readonly Contestant[],
  origin: string,
  rounds: number,
  progress: (done: string) => void,
): Promise<Bundles> => {
  const entries = contestants.flatMap((contestant) =>
    contestant.bundle === undefined ? [] : [{ contestant, size: contestant.bundle, samples: [] as number[] }],
  );
  for (let round = 0; round <= rounds; round++) {
    progress(`import, round ${round} of ${rounds}`);
    for (const { contestant, samples } of entries) {
      const { taskRoot, handler } = contestant.code;
      const milliseconds = await runChild('import-process.ts', [taskRoot, handler], serviceEnvironment(origin));
      if (round > 0) samples.push(Number(milliseconds));
    }
  }
  const bundles: Bundles = {};
  for (const { contestant, size, samples } of entries) {
    progress(`copies, ${contestant.label}`);
    const copiesPerByte = await countCopiesOf(contestant, origin);
    bundles[contestant.name] = { ...size, import: summarise(samples), copiesPerByte };
  }
  return bundles;
};

/** Counts the bytes that are copied or re-encoded per byte of a 1 MB image. */
export const countCopiesOf = async ({ code, mode }: Contestant, origin: string): Promise<number> => {
  const environment = { ...serviceEnvironment(origin), LOG_LEVEL: 'silent' };
  const { copied, received } = (await runChild(
    'copies-process.ts',
    [code.taskRoot, code.handler, mode],
    environment,
  )) as Copies;
  return round(copied / received);
};

interface Copies {
  readonly copied: number;
  readonly received: number;
}
