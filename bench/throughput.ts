import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { BUCKET, pathOf, type Size } from './images.ts';
import { startNginx } from './nginx.ts';
import { type Rival, serviceEnvironment } from './rivals.ts';

/** By the number of clients. */
export type Throughputs = Readonly<Record<string, Throughput>>;

export interface Throughput {
  readonly [clients: string]: {
    readonly requestsPerSecond: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  };
}

export interface ThroughputPlan {
  readonly size: Size;
  readonly clients: readonly number[];
  readonly seconds: number;
}

const API_KEY = 'abcdefghijklmnopqrstuvwxyz0123';

/**
 * Requests a second over HTTP. Each rival stands behind the same local gateway in one process, for which Lambda would
 * start as many as there are clients; nginx passes the origin's bytes on, and knows neither keys nor functions.
 */
export const measureThroughputs = async (
  rivals: readonly Rival[],
  origin: string,
  plan: ThroughputPlan,
  progress: (done: string) => void,
): Promise<{ readonly throughputs: Throughputs; readonly absent: readonly string[] }> => {
  const throughputs: Record<string, Throughput> = {};
  for (const { name, label, mode, code } of rivals) {
    const gateway = await startChild(
      'gateway-process.ts',
      [code.taskRoot, code.handler, mode, API_KEY],
      serviceEnvironment(origin),
    );
    try {
      const url = `${gateway.greeting}/${pathOf(plan.size)}`;
      throughputs[name] = await measure(url, { 'x-api-key': API_KEY }, plan, (done) => progress(`${label}, ${done}`));
    } finally {
      await gateway.stop();
    }
  }
  const nginx = await startNginx(origin);
  if (nginx === undefined) return { throughputs, absent: ['nginx: not installed'] };
  try {
    const url = `${nginx.url}/${BUCKET}/${pathOf(plan.size)}`;
    throughputs['nginx'] = await measure(url, {}, plan, (done) => progress(`nginx, ${done}`));
  } finally {
    await nginx.stop();
  }
  return { throughputs, absent: [] };
};

const measure = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  { clients, seconds }: ThroughputPlan,
  progress: (done: string) => void,
): Promise<Throughput> => {
  const throughput: Record<string, Throughput[string]> = {};
  await load(url, headers, 4, 1);
  for (const count of clients) {
    progress(`${count} clients`);
    const { requests, latency, non2xx, errors } = await load(url, headers, count, seconds);
    if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} answers were no image, and ${errors} failed.`);
    throughput[count] = { requestsPerSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99 };
  }
  return throughput;
};

interface LoadReport {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
}

/** In a process of its own, as every client is. */
const load = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  clients: number,
  seconds: number,
): Promise<LoadReport> => {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const options = ['--json', '-n', '-c', String(clients), '-d', String(seconds), ...fields, url];
  const { stdout } = await promisify(execFile)(process.execPath, [AUTOCANNON, ...options], { maxBuffer: 1e8 });
  return JSON.parse(stdout);
};

const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon/autocannon.js');
