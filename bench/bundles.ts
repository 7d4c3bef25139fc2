import { runChild } from './child.ts';
import { type BundleSize, type Rival, type RivalName, serviceEnvironment } from './rivals.ts';
import { round, type Summary, summarise } from './samples.ts';

export type Bundles = Partial<Record<RivalName, BundleReport>>;

export interface BundleReport extends BundleSize {
  /** Of the module, in a process that has loaded nothing else. */
  readonly import: Summary;
  /** Bytes that JavaScript copies or recodes, for each byte of an image of 1 MB. */
  readonly copiesPerByte: number;
}

/** What can be said of the bundles without a clock, and how long they take to load. */
export const measureBundles = async (
  rivals: readonly Rival[],
  origin: string,
  rounds: number,
  progress: (done: string) => void,
): Promise<Bundles> => {
  const taken = rivals.flatMap((rival) =>
    rival.bundle === undefined ? [] : [{ rival, size: rival.bundle, samples: [] as number[] }],
  );
  for (let round = 0; round <= rounds; round++) {
    progress(`import, round ${round} of ${rounds}`);
    for (const { rival, samples } of taken) {
      const { taskRoot, handler } = rival.code;
      const milliseconds = await runChild('import-process.ts', [taskRoot, handler], serviceEnvironment(origin));
      if (round > 0) samples.push(Number(milliseconds));
    }
  }
  const bundles: Bundles = {};
  for (const { rival, size, samples } of taken) {
    progress(`copies, ${rival.label}`);
    const copiesPerByte = await countCopiesOf(rival, origin);
    bundles[rival.name] = { ...size, import: summarise(samples), copiesPerByte };
  }
  return bundles;
};

/** Bytes copied or recoded for each byte of an image of 1 MB. */
export const countCopiesOf = async ({ code, mode }: Rival, origin: string): Promise<number> => {
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
