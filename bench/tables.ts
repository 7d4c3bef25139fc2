import { SIZES, type Size } from './images.ts';
import type { Latencies, Source } from './latency.ts';
import type { Mappings, MappingTime } from './mapping.ts';
import type { Table } from './markdown.ts';
import type { Measurements, Section } from './results.ts';
import { median, type Percentiles } from './samples.ts';

const LABELS: Readonly<Record<Source, string>> = {
  origin: 'the origin itself',
  bare: 'bare',
  bareTrimmed: 'bare, trimmed like ours',
  naive: 'naive',
  python: 'naive, Python',
  ours: 'ours, streaming',
  oursBuffered: 'ours, buffered',
  before: 'ours, before',
};

const coldTable = ({ cold }: Measurements): Table => [
  ['', 'median', 'min', 'max', 'init', '/ bare'],
  ...Object.entries(cold).map(([name, { medianMs, minMs, maxMs, initMedianMs }]) => [
    LABELS[name as Source],
    ...[medianMs, minMs, maxMs, initMedianMs].map((value) => value.toFixed(0)),
    ratio(medianMs, cold.bare?.medianMs),
  ]),
];

const bundleTable = ({ bundles }: Measurements): Table => [
  ['', 'raw', 'gzip', '/ bare', 'load', 'copies'],
  ...Object.entries(bundles).map(([name, { raw, gzip, import: load, copiesPerByte }]) => [
    LABELS[name as Source],
    (raw / 1000).toFixed(0),
    (gzip / 1000).toFixed(0),
    ratio(raw, bundles.bare?.raw),
    load.medianMs.toFixed(0),
    copiesPerByte.toFixed(2),
  ]),
];

const latencyTable = ({ warm }: Measurements): Table => [
  ['', ...sizesOf(warm)],
  ...Object.entries(warm).map(([source, sizes]) => [
    LABELS[source as Source],
    ...sizesOf(warm).map((size) => {
      const latency = sizes[size];
      return latency === undefined
        ? ''
        : `${formatPercentiles(latency)} (${ratio(latency.p50Ms, warm.bare?.[size]?.p50Ms)})`;
    }),
  ]),
];

const firstByteTable = ({
  warm = {},
  delayedOrigin: { delayMs, latencies },
}: Partial<Measurements> & Pick<Measurements, 'delayedOrigin'>): Table => {
  const format = (from: Latencies, source: string, size: Size): string =>
    from[source as Source]?.[size]?.ttfbMs.toFixed(2) ?? '';
  return [
    ['', ...sizesOf(warm), `25 MB, delayed by ${delayMs} ms`],
    ...Object.keys({ ...latencies, ...warm }).map((source) => [
      LABELS[source as Source],
      ...sizesOf(warm).map((size) => format(warm, source, size)),
      format(latencies, source, '25 MB'),
    ]),
  ];
};

const requestTable = ({ requests }: Measurements): Table => [
  ['', 'p50 / p95 / p99', '/ GET'],
  ...Object.entries(requests).map(([kind, percentiles]) => [
    kind,
    formatPercentiles(percentiles),
    ratio(percentiles.p50Ms, requests.GET.p50Ms),
  ]),
];

const memoryTable = ({ memory }: Measurements): Table => {
  const sizes = (Object.keys(SIZES) as Size[]).filter((size) => memory.ours?.[size] !== undefined);
  return [
    ['', ...sizes],
    ...Object.entries(memory).map(([name, bySize]) => [
      LABELS[name as Source],
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
    ['', 'ns per path', 'median pass', 'paths per second', '/ 1 route'],
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
  delayedOrigin: firstByteTable,
  requests: requestTable,
  memory: memoryTable,
  mapping: mappingTable,
};

const sizesOf = (warm: Latencies): readonly Size[] =>
  (Object.keys(SIZES) as Size[]).filter((size) => warm.origin?.[size] !== undefined);

const formatPercentiles = ({ p50Ms, p95Ms, p99Ms }: Percentiles): string =>
  [p50Ms, p95Ms, p99Ms].map((value) => value.toFixed(value < 10 ? 2 : 1)).join(' / ');

const ratio = (value: number, base: number | undefined): string =>
  base === undefined ? '' : (value / base).toFixed(2);
