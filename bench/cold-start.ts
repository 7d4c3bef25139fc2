import { proxyEvent } from '../test/support/events.ts';
import { type Contestant, type ContestantName, startContestant } from './contestants.ts';
import { pathOf } from './images.ts';
import { type Summary, summarise } from './samples.ts';

/** `initMedianMs` is the part before the function asks for its first event. */
export type ColdStarts = Partial<Record<ContestantName, Summary & { readonly initMedianMs: number }>>;

/**
 * Measures the time from the start of a process until the whole first image has arrived. The event is already waiting,
 * as on Lambda. Contestants take turns, so a slow phase of the machine affects all of them.
 */
export const measureColdStarts = async (
  contestants: readonly Contestant[],
  origin: string,
  rounds: number,
  progress: (done: string) => void,
): Promise<ColdStarts> => {
  const samples = contestants.map((contestant) => ({ contestant, total: [] as number[], init: [] as number[] }));
  // Round 0 brings the files into the page cache and is not counted.
  for (let round = 0; round <= rounds; round++) {
    progress(`cold starts, round ${round} of ${rounds}`);
    for (const { contestant, total, init } of samples) {
      const sample = await startOnce(contestant, origin);
      if (round === 0) continue;
      total.push(sample.total);
      init.push(sample.init);
    }
  }
  return Object.fromEntries(
    samples.map(({ contestant, total, init }) => [
      contestant.name,
      { ...summarise(total), initMedianMs: summarise(init).medianMs },
    ]),
  );
};

const startOnce = async (contestant: Contestant, origin: string): Promise<{ total: number; init: number }> => {
  const started = performance.now();
  let askedForEvent = started;
  const lambda = await startContestant(contestant, origin);
  try {
    const completion = await lambda.invoke(proxyEvent(pathOf('100 KB')), {
      onStart: () => {
        askedForEvent = performance.now();
      },
    });
    if (completion.kind === 'failed') throw new Error(`${contestant.label}: ${completion.error.errorMessage}`);
    return { total: performance.now() - started, init: askedForEvent - started };
  } finally {
    await lambda.stop();
  }
};
