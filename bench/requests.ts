import { ETAG, type Size } from './images.ts';
import { invoke } from './latency.ts';
import { type Rival, startRival } from './rivals.ts';
import { type Percentiles, percentiles, round, type Samples } from './samples.ts';

/** What a request costs that needs no image. */
export type RequestCosts = Readonly<Record<RequestKind, Percentiles & { readonly samplesMs: Samples }>>;
export type RequestKind = 'GET' | 'HEAD' | '304';

const SIZE: Size = '1 MB';

const REQUESTS: Readonly<Record<RequestKind, Parameters<typeof invoke>[3]>> = {
  GET: {},
  HEAD: { method: 'HEAD' },
  '304': { headers: { 'If-None-Match': ETAG } },
};

/** The same image of 1 MB, asked for in turns: whole, its headers alone, and whether it has changed. */
export const measureRequests = async (
  rival: Rival,
  origin: string,
  rounds: number,
  progress: (done: string) => void,
): Promise<RequestCosts> => {
  const lambda = await startRival(rival, origin);
  const samples = Object.keys(REQUESTS).map((kind) => [kind as RequestKind, [] as number[]] as const);
  try {
    for (let round = -WARM_UP; round < rounds; round++) {
      if (round % 10 === 0) progress(`HEAD and 304, round ${Math.max(round, 0)} of ${rounds}`);
      for (const [kind, taken] of samples) {
        const { total } = await invoke(lambda, rival.label, SIZE, REQUESTS[kind]);
        if (round >= 0) taken.push(total);
      }
    }
  } finally {
    await lambda.stop();
  }
  const costs = samples.map(([kind, taken]) => [kind, { ...percentiles(taken), samplesMs: taken.map(round) }]);
  return Object.fromEntries(costs) as RequestCosts;
};

const WARM_UP = 100;
