import { type Contestant, startContestant } from './contestants.ts';
import { ETAG, type Size } from './images.ts';
import { invoke } from './latency.ts';
import { type Percentiles, percentiles, round, type Samples } from './samples.ts';

/** Latency per kind of request. */
export type RequestCosts = Readonly<Record<RequestKind, Percentiles & { readonly samplesMs: Samples }>>;
export type RequestKind = 'GET' | 'HEAD' | '304';

const SIZE: Size = '1 MB';

const REQUESTS: Readonly<Record<RequestKind, Parameters<typeof invoke>[3]>> = {
  GET: {},
  HEAD: { method: 'HEAD' },
  '304': { headers: { 'If-None-Match': ETAG } },
};

/** Measures GET, HEAD and a conditional GET that is answered 304, in turns, for the same image. */
export const measureRequests = async (
  contestant: Contestant,
  origin: string,
  rounds: number,
  progress: (done: string) => void,
): Promise<RequestCosts> => {
  const lambda = await startContestant(contestant, origin);
  const samplesByKind = Object.keys(REQUESTS).map((kind) => [kind as RequestKind, [] as number[]] as const);
  try {
    for (let round = -WARM_UP; round < rounds; round++) {
      if (round % 10 === 0) progress(`HEAD and 304, round ${Math.max(round, 0)} of ${rounds}`);
      for (const [kind, samples] of samplesByKind) {
        const { total } = await invoke(lambda, contestant.label, SIZE, REQUESTS[kind]);
        if (round >= 0) samples.push(total);
      }
    }
  } finally {
    await lambda.stop();
  }
  const costs = samplesByKind.map(([kind, samples]) => [
    kind,
    { ...percentiles(samples), samplesMs: samples.map(round) },
  ]);
  return Object.fromEntries(costs) as RequestCosts;
};

const WARM_UP = 100;
