import { proxyEvent } from '../test/support/events.ts';
import { pathOf } from './images.ts';
import { type Rival, type RivalName, startRival } from './rivals.ts';
import { type Summary, summarise } from './samples.ts';

export type ColdStarts = Partial<Record<RivalName, Summary & { readonly initMedianMs: number }>>;

/**
 * From the start of the process until the first image has arrived, with the event waiting, as it does on Lambda. The
 * rivals take turns, so that what else the machine does strikes all of them.
 */
export const measureColdStarts = async (
  rivals: readonly Rival[],
  origin: string,
  rounds: number,
  progress: (done: string) => void,
): Promise<ColdStarts> => {
  const samples = rivals.map((rival) => ({ rival, total: [] as number[], init: [] as number[] }));
  // The first round brings files into the cache of the machine, and counts for nobody.
  for (let round = 0; round <= rounds; round++) {
    progress(`cold starts, round ${round} of ${rounds}`);
    for (const { rival, total, init } of samples) {
      const taken = await startOnce(rival, origin);
      if (round === 0) continue;
      total.push(taken.total);
      init.push(taken.init);
    }
  }
  return Object.fromEntries(
    samples.map(({ rival, total, init }) => [
      rival.name,
      { ...summarise(total), initMedianMs: summarise(init).medianMs },
    ]),
  );
};

const startOnce = async (rival: Rival, origin: string): Promise<{ total: number; init: number }> => {
  const started = performance.now();
  let asked = started;
  const lambda = await startRival(rival, origin);
  try {
    const completion = await lambda.invoke(proxyEvent(pathOf('100 KB')), {
      onStart: () => {
        asked = performance.now();
      },
    });
    if (completion.kind === 'failed') throw new Error(`${rival.label}: ${completion.error.errorMessage}`);
    return { total: performance.now() - started, init: asked - started };
  } finally {
    await lambda.stop();
  }
};
