import { Agent, get } from 'node:http';
import { MAX_BUFFERED_BYTES } from '../src/adapters/api-gateway/handler.ts';
import { proxyEvent } from '../test/support/events.ts';
import type { FunctionProcess } from '../test/support/lambda-runtime/lambda-function.ts';
import { type Contestant, type ContestantName, startContestant } from './contestants.ts';
import { BUCKET, pathOf, SIZES, type Size } from './images.ts';
import { median, type Percentiles, percentiles, round } from './samples.ts';

/** Latency of whole images. */
export interface Latency extends Percentiles {
  /** Median time to the first bytes of the image itself, after the headers. */
  readonly ttfbMs: number;
  readonly samplesMs: readonly number[];
  readonly ttfbSamplesMs: readonly number[];
}

/** A contestant, or a plain HTTP client that reads directly from the origin. */
export type Source = ContestantName | 'origin';
export type Latencies = Partial<Record<Source, Partial<Record<Size, Latency>>>>;

interface Sample {
  readonly total: number;
  readonly firstByte: number;
}

interface Fetcher {
  readonly name: Source;
  readonly mode: Contestant['mode'];
  fetch(size: Size): Promise<Sample>;
}

/**
 * Measures warm functions: one process per contestant, which handles one event at a time, as on Lambda. Contestants and
 * the plain client take turns.
 */
export const measureLatencies = async (
  contestants: readonly Contestant[],
  origin: string,
  sizes: readonly Size[],
  rounds: Readonly<Record<Size, number>>,
  progress: (done: string) => void,
): Promise<Latencies> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const functions = await Promise.all(contestants.map((contestant) => startContestant(contestant, origin)));
  const fetchers: readonly Fetcher[] = [
    { name: 'origin', mode: 'stream', fetch: (size) => fetchFromOrigin(agent, origin, size) },
    ...contestants.map(
      ({ name, label, mode }, index): Fetcher => ({
        name,
        mode,
        fetch: (size) => invoke(functions[index] as FunctionProcess, label, size),
      }),
    ),
  ];
  try {
    const latencies: Latencies = {};
    for (const fetcher of fetchers) await warmUp(fetcher);
    for (const size of sizes) {
      const able = fetchers.filter((fetcher) => canSend(fetcher, size));
      const samplesByName = new Map(able.map(({ name }) => [name, [] as Sample[]]));
      const count = rounds[size];
      for (let round = -WARM_UP; round < count; round++) {
        if (round % 10 === 0) progress(`warm, ${size}, round ${Math.max(round, 0)} of ${count}`);
        for (let turn = 0; turn < able.length; turn++) {
          // Every second round runs in reverse order, so that no contestant always follows the same one.
          const place = (turn + round + WARM_UP) % able.length;
          const fetcher = able[round % 2 === 0 ? place : able.length - 1 - place] as Fetcher;
          const sample = await fetcher.fetch(size);
          if (round >= 0) samplesByName.get(fetcher.name)?.push(sample);
        }
      }
      for (const [name, samples] of samplesByName) latencies[name] = { ...latencies[name], [size]: describe(samples) };
    }
    return latencies;
  } finally {
    agent.destroy();
    await Promise.all(functions.map((lambda) => lambda.stop()));
  }
};

/** Rounds of each size that are not counted. */
const WARM_UP = 3;

/** Whether a response of this mode can hold the image. */
export const canSend = ({ mode }: Pick<Contestant, 'mode'>, size: Size): boolean =>
  mode === 'stream' || SIZES[size] <= MAX_BUFFERED_BYTES;

/** Sends 300 requests, but stops after 2 seconds, so that V8 compiles the hot code. */
const warmUp = async ({ fetch }: Fetcher): Promise<void> => {
  const end = performance.now() + 2_000;
  for (let request = 0; request < 300 && performance.now() < end; request++) await fetch('10 KB');
};

const describe = (samples: readonly Sample[]): Latency => {
  const totals = samples.map(({ total }) => total);
  const firstBytes = samples.map(({ firstByte }) => firstByte);
  return {
    ...percentiles(totals),
    ttfbMs: round(median(firstBytes)),
    samplesMs: totals.map(round),
    ttfbSamplesMs: firstBytes.map(round),
  };
};

/** An upper bound for the bytes of status and headers. */
const LONGEST_PRELUDE = 2_000;

export const invoke = async (
  lambda: FunctionProcess,
  label: string,
  size: Size,
  { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Sample> => {
  let started = 0;
  let firstByte: number | undefined;
  const completion = await lambda.invoke(proxyEvent(pathOf(size), { method, headers }), {
    discards: true,
    onStart: () => {
      started = performance.now();
    },
    onBytes: (total) => {
      if (total > LONGEST_PRELUDE) firstByte ??= performance.now() - started;
    },
  });
  const total = performance.now() - started;
  if (completion.kind === 'failed') throw new Error(`${label}, ${size}: ${completion.error.errorMessage}`);
  return { total, firstByte: firstByte ?? total };
};

const fetchFromOrigin = (agent: Agent, origin: string, size: Size): Promise<Sample> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const headers = { authorization: 'AWS4-HMAC-SHA256 none' };
    get(`${origin}/${BUCKET}/${pathOf(size)}`, { agent, headers }, (response) => {
      let firstByte: number | undefined;
      let total = 0;
      response.on('data', (chunk: Uint8Array) => {
        firstByte ??= performance.now() - started;
        total += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (total === SIZES[size]) resolve({ total: performance.now() - started, firstByte: firstByte ?? 0 });
        else reject(new Error(`The origin sent ${total} of ${SIZES[size]} bytes.`));
      });
    }).on('error', reject);
  });
