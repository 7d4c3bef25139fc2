import { SIZES, type Size } from './images.ts';
import type { Caller, Latencies } from './latency.ts';
import type { Mappings, MappingTime } from './mapping.ts';
import type { Measurements, Section } from './results.ts';
import type { RivalName } from './rivals.ts';
import { median, type Percentiles } from './samples.ts';
import type { Table } from './table.ts';

const LABELS: Readonly<Record<RivalName | 'origin' | 'nginx', string>> = {
  origin: 'the origin itself',
  bare: 'bare',
  bareTrimmed: 'bare, trimmed as ours',
  naive: 'naive',
  python: 'naive, Python',
  ours: 'ours, streaming',
  oursBuffered: 'ours, buffered',
  before: 'ours, before',
  nginx: 'nginx',
};

const coldTable = ({ cold }: Measurements): Table => [
  ['', 'median', 'min', 'max', 'init', 'to bare'],
  ...Object.entries(cold).map(([rival, { medianMs, minMs, maxMs, initMedianMs }]) => [
    LABELS[rival as RivalName],
    ...[medianMs, minMs, maxMs, initMedianMs].map((value) => value.toFixed(0)),
    ratio(medianMs, cold.bare?.medianMs),
  ]),
];

const bundleTable = ({ bundles }: Measurements): Table => [
  ['', 'raw', 'gzip', 'to bare', 'load', 'copies'],
  ...Object.entries(bundles).map(([rival, { raw, gzip, import: load, copiesPerByte }]) => [
    LABELS[rival as RivalName],
    (raw / 1000).toFixed(0),
    (gzip / 1000).toFixed(0),
    ratio(raw, bundles.bare?.raw),
    load.medianMs.toFixed(0),
    copiesPerByte.toFixed(2),
  ]),
];

const latencyTable = ({ warm }: Measurements): Table => [
  ['', ...sizesOf(warm)],
  ...Object.entries(warm).map(([caller, sizes]) => [
    LABELS[caller as RivalName],
    ...sizesOf(warm).map((size) => {
      const latency = sizes[size];
      return latency === undefined
        ? ''
        : `${formatPercentiles(latency)} (${ratio(latency.p50Ms, warm.bare?.[size]?.p50Ms)})`;
    }),
  ]),
];

const firstByteTable = ({ warm = {}, distant }: Partial<Measurements> & Pick<Measurements, 'distant'>): Table => [
  ['', ...sizesOf(warm), `25 MB, after ${distant.thinkMs} ms`],
  ...Object.keys({ ...distant.latencies, ...warm }).map((caller) => [
    LABELS[caller as RivalName],
    ...sizesOf(warm).map((size) => warm[caller as Caller]?.[size]?.ttfbMs.toFixed(2) ?? ''),
    distant.latencies[caller as Caller]?.['25 MB']?.ttfbMs.toFixed(2) ?? '',
  ]),
];

const requestTable = ({ requests }: Measurements): Table => [
  ['', 'p50 / p95 / p99', 'to GET'],
  ...Object.entries(requests).map(([kind, percentiles]) => [
    kind,
    formatPercentiles(percentiles),
    ratio(percentiles.p50Ms, requests.GET.p50Ms),
  ]),
];

const throughputTable = ({ throughput }: Measurements): Table => {
  const clients = Object.keys(Object.values(throughput)[0] ?? {});
  return [
    ['', ...clients.map((count) => (count === '1' ? '1 client' : `${count} clients`))],
    ...Object.entries(throughput).map(([name, byClients]) => [
      LABELS[name as RivalName | 'nginx'],
      ...clients.map((count) => {
        const { requestsPerSecond = 0, p50Ms = 0, p99Ms = 0 } = byClients[count] ?? {};
        return `${requestsPerSecond.toFixed(0)} (${p50Ms} / ${p99Ms})`;
      }),
    ]),
  ];
};

const memoryTable = ({ memory }: Measurements): Table => {
  const sizes = (Object.keys(SIZES) as Size[]).filter((size) => memory.ours?.[size] !== undefined);
  return [
    ['', ...sizes],
    ...Object.entries(memory).map(([rival, bySize]) => [
      LABELS[rival as RivalName],
      ...sizes.map((size) => {
        const grown = bySize[size];
        return grown === undefined ? '' : `${grown.growthMb.toFixed(1)} (${grown.peakMb.toFixed(0)})`;
      }),
    ]),
  ];
};

const mappingTable = ({ mapping }: Measurements): Table => {
  const one = median(mapping.routes['1']?.fastestNs ?? []);
  const row = (name: string, { fastestNs, typicalNs }: MappingTime) => {
    const fastest = median(fastestNs);
    const perSecond = Math.round(1e9 / fastest).toLocaleString('en');
    return [name, fastest.toFixed(0), median(typicalNs).toFixed(0), perSecond, ratio(fastest, one)];
  };
  const rowsOf = ({ readme, identity, routes }: Mappings, note: string) => [
    row(`the mapping of the README${note}`, readme),
    row(`no mapping: the key is the path${note}`, identity),
    ...Object.entries(routes).map(([count, time]) =>
      row(`${count} ${count === '1' ? 'route' : 'routes'}${note}`, time),
    ),
  ];
  return [
    ['', 'ns a path', 'typically', 'paths a second', 'to 1 route'],
    ...rowsOf(mapping, ''),
    ...(mapping.before === undefined ? [] : rowsOf(mapping.before, ', before')),
  ];
};

export const adversaryTable = ({ mapping }: Measurements): Table => {
  const lengths = Object.keys(Object.values(mapping.adversaries)[0] ?? {});
  return [
    ['', ...lengths],
    ...Object.entries(mapping.adversaries).map(([family, byLength]) => [
      family,
      ...lengths.map((length) => (median(byLength[length]?.fastestNs ?? []) / 1000).toFixed(1)),
    ]),
  ];
};

export const TABLES: Readonly<Record<Section, (measured: Measurements) => Table>> = {
  cold: coldTable,
  bundles: bundleTable,
  warm: latencyTable,
  distant: firstByteTable,
  requests: requestTable,
  throughput: throughputTable,
  memory: memoryTable,
  mapping: mappingTable,
};

const sizesOf = (warm: Latencies): readonly Size[] =>
  (Object.keys(SIZES) as Size[]).filter((size) => warm.origin?.[size] !== undefined);

const formatPercentiles = ({ p50Ms, p95Ms, p99Ms }: Percentiles): string =>
  [p50Ms, p95Ms, p99Ms].map((value) => value.toFixed(value < 10 ? 2 : 1)).join(' / ');

const ratio = (value: number, base: number | undefined): string =>
  base === undefined ? '' : (value / base).toFixed(2);
