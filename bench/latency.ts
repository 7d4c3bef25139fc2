import { Agent, get } from 'node:http';
import { MAX_BUFFERED_BYTES } from '../src/adapters/api-gateway/handler.ts';
import { proxyEvent } from '../test/support/events.ts';
import type { FunctionProcess } from '../test/support/lambda-runtime/lambda-function.ts';
import { BUCKET, pathOf, SIZES, type Size } from './images.ts';
import { type Rival, type RivalName, startRival } from './rivals.ts';
import { median, type Percentiles, percentiles, round } from './samples.ts';

/** Of whole images; `ttfbMs` is the median until the image's own first bytes, not those of the headers. */
export interface Latency extends Percentiles {
  readonly ttfbMs: number;
  readonly samplesMs: readonly number[];
  readonly ttfbSamplesMs: readonly number[];
}

export type Caller = RivalName | 'origin';
export type Latencies = Partial<Record<Caller, Partial<Record<Size, Latency>>>>;

interface Taken {
  readonly total: number;
  readonly firstByte: number;
}

interface Contender {
  readonly name: Caller;
  readonly mode: Rival['mode'];
  fetch(size: Size): Promise<Taken>;
}

/**
 * One process for each rival, which is warmed up, and then takes one event at a time as a function of Lambda does. They
 * take turns, and so does a plain client of the origin, which shows what the bytes themselves cost.
 */
export const measureLatencies = async (
  rivals: readonly Rival[],
  origin: string,
  sizes: readonly Size[],
  rounds: Readonly<Record<Size, number>>,
  progress: (done: string) => void,
): Promise<Latencies> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const functions = await Promise.all(rivals.map((rival) => startRival(rival, origin)));
  const contenders: readonly Contender[] = [
    { name: 'origin', mode: 'stream', fetch: (size) => fetchPlainly(agent, origin, size) },
    ...rivals.map(
      ({ name, label, mode }, index): Contender => ({
        name,
        mode,
        fetch: (size) => invoke(functions[index] as FunctionProcess, label, size),
      }),
    ),
  ];
  try {
    const latencies: Latencies = {};
    for (const contender of contenders) await warmUp(contender);
    for (const size of sizes) {
      const able = contenders.filter((contender) => canSend(contender, size));
      const taken = new Map(able.map(({ name }) => [name, [] as Taken[]]));
      const count = rounds[size];
      for (let round = -WARM_UP; round < count; round++) {
        if (round % 10 === 0) progress(`warm, ${size}, round ${Math.max(round, 0)} of ${count}`);
        for (let turn = 0; turn < able.length; turn++) {
          // The other way round every second time, so that nobody always follows the same one.
          const place = (turn + round + WARM_UP) % able.length;
          const contender = able[round % 2 === 0 ? place : able.length - 1 - place] as Contender;
          const sample = await contender.fetch(size);
          if (round >= 0) taken.get(contender.name)?.push(sample);
        }
      }
      for (const [name, samples] of taken) latencies[name] = { ...latencies[name], [size]: describe(samples) };
    }
    return latencies;
  } finally {
    agent.destroy();
    await Promise.all(functions.map((lambda) => lambda.stop()));
  }
};

/** Rounds of each size that do not count. */
const WARM_UP = 3;

/** What is larger than Lambda lets a buffered answer be, can be streamed alone. */
export const canSend = ({ mode }: Pick<Rival, 'mode'>, size: Size): boolean =>
  mode === 'stream' || SIZES[size] <= MAX_BUFFERED_BYTES;

/** Until V8 has compiled what is hot, or as much as there is time for. */
const warmUp = async ({ fetch }: Contender): Promise<void> => {
  const end = performance.now() + 2_000;
  for (let request = 0; request < 300 && performance.now() < end; request++) await fetch('10 KB');
};

const describe = (taken: readonly Taken[]): Latency => {
  const totals = taken.map(({ total }) => total);
  const firstBytes = taken.map(({ firstByte }) => firstByte);
  return {
    ...percentiles(totals),
    ttfbMs: round(median(firstBytes)),
    samplesMs: totals.map(round),
    ttfbSamplesMs: firstBytes.map(round),
  };
};

/** Status and headers of an answer are shorter. */
const LONGEST_PRELUDE = 2_000;

export const invoke = async (
  lambda: FunctionProcess,
  label: string,
  size: Size,
  { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Taken> => {
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

const fetchPlainly = (agent: Agent, origin: string, size: Size): Promise<Taken> =>
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
        else reject(new Error(`The origin sent ${total} bytes of ${SIZES[size]}.`));
      });
    }).on('error', reject);
  });
