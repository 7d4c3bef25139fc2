import { type Axis, type Chart, drawChart, type Line, type Point, text } from './chart.ts';
import { type Cost, costInRanges, costOf, costOfCloudFront, costOfPresigned, LARGEST_RANGE, total } from './cost.ts';
import { isServed } from './invocation.ts';
import { capacityOf, type LimitName, lowestOfAccount } from './limits.ts';
import { count, percent, size } from './markdown.ts';
import { QUOTAS } from './quotas.ts';
import { LARGEST, type Mode, SIZES } from './results.ts';
import { ASSUMED, deliver, limitsOf, type Scenario } from './scenario.ts';

const WIDTH = 1160;
const HEIGHT = 580;
const PANEL = { top: 96, width: 470, height: 340 } as const;

/** What a million images cost, and how many a second each limit lets through, by their size. */
export const renderPlot = (
  scenario: Scenario,
): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="What a million images cost, and how many a second each limit lets through, by their size">
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8" fill="#fff" stroke="#d1d9e0"/>
${text(`Callers ${scenario.terms.caller}; S3’s first byte after ${count(scenario.terms.firstByteMs)} ms; ${count(scenario.terms.memoryMb)} MB on arm64; the quotas that an account starts with, and shaded what they let through as a stream`, 78, 38, { size: 13, colour: '#59636e' })}
${drawChart(costChart(scenario), { left: 78, ...PANEL })}
${drawChart(limitChart(scenario), { left: 658, ...PANEL })}
</svg>
`;

/** Okabe and Ito's, which people tell apart who see fewer colours. */
const COLOURS = {
  blue: '#0072b2',
  orange: '#d55e00',
  sky: '#3fa0dc',
  green: '#009e73',
  purple: '#b5568f',
  yellow: '#b98200',
  grey: '#6e7781',
} as const;

const SMALLEST = SIZES[0].bytes;

/** Close enough that steps are steps. */
const STEPS = 200;
const BYTES: readonly number[] = Array.from(
  { length: STEPS + 1 },
  (_, step) => SMALLEST * (LARGEST.bytes / SMALLEST) ** (step / STEPS),
);

const SIZE_AXIS: Axis = {
  title: 'size of the image',
  from: SMALLEST,
  to: LARGEST.bytes,
  ticks: SIZES.map(({ name, bytes }) => ({ at: bytes, text: name })),
};

/** Powers of ten around what is drawn, with some air above it. */
const decades = (title: string, lines: readonly Line[], format: (value: number) => string): Axis => {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = 2 * Math.max(...values);
  const ticks = Array.from({ length: Math.floor(Math.log10(to)) - from + 1 }, (_, index) => 10 ** (from + index));
  return { title, from: 10 ** from, to, ticks: ticks.map((at) => ({ at, text: format(at) })) };
};

const draw = (sizes: readonly number[], value: (bytes: number) => number | undefined): Point[] =>
  sizes.flatMap((bytes) => {
    const found = value(bytes);
    return found === undefined ? [] : [[bytes, found] as const];
  });

/** A line with a mark at each size that was measured. */
const trace = (value: (bytes: number) => number | undefined): Pick<Line, 'points' | 'marks'> => ({
  points: draw(BYTES, value),
  marks: draw(
    SIZES.map(({ bytes }) => bytes),
    value,
  ),
});

const NOTE = {
  at: QUOTAS.fastStream.value,
  text: `beyond ${size(QUOTAS.fastStream.value)} a stream goes at ${size(QUOTAS.tailSpeed.value)}/s`,
};

const costChart = (scenario: Scenario): Chart => {
  const { terms } = scenario;
  const cost = (mode: Mode) => (bytes: number) => {
    const found: Cost | undefined = costOf(deliver(scenario, mode, bytes), terms);
    return found && total(found);
  };
  const ranges = (bytes: number) =>
    bytes > LARGEST_RANGE ? costInRanges(deliver(scenario, 'stream', bytes), terms) : undefined;
  const presigned = (bytes: number) => costOfPresigned(bytes, terms.caller);
  const cached = (bytes: number) => costOfCloudFront(bytes, ASSUMED.hitRate, presigned(bytes));
  const lines: readonly Line[] = [
    { name: 'this API, streamed', colour: COLOURS.blue, width: 3, ...trace(cost('stream')) },
    { name: 'this API, buffered', colour: COLOURS.orange, width: 3, dashed: true, ...trace(cost('buffered')) },
    {
      name: `this API, in ranges of at most ${size(LARGEST_RANGE)}`,
      colour: COLOURS.sky,
      dashed: true,
      points: draw(BYTES, ranges),
    },
    { name: `CloudFront and S3, ${percent(ASSUMED.hitRate)} hits`, colour: COLOURS.green, points: draw(BYTES, cached) },
    { name: 'S3, presigned URLs', colour: COLOURS.grey, points: draw(BYTES, presigned) },
  ];
  return {
    title: 'What a million images cost',
    x: SIZE_AXIS,
    y: decades('US dollars for a million images', lines, (value) => `$${value < 1 ? value : count(value)}`),
    lines,
    note: NOTE,
  };
};

const limitChart = (scenario: Scenario): Chart => {
  const capacity = (name: LimitName, mode: Mode) => (bytes: number) =>
    isServed({ mode, bytes }) ? capacityOf(limitsOf(scenario, mode, bytes), name) : undefined;
  const account = (bytes: number) => lowestOfAccount(limitsOf(scenario, 'stream', bytes)).imagesPerSecond;
  const level = (name: LimitName) => ({ points: draw(BYTES, capacity(name, 'stream')) });
  const lines: readonly Line[] = [
    {
      name: 'Lambda concurrency, streamed',
      colour: COLOURS.blue,
      width: 3,
      ...trace(capacity('Lambda concurrency', 'stream')),
    },
    {
      name: 'Lambda concurrency, buffered',
      colour: COLOURS.orange,
      width: 3,
      dashed: true,
      ...trace(capacity('Lambda concurrency', 'buffered')),
    },
    { name: 'S3 prefix', colour: COLOURS.green, ...level('S3 prefix') },
    // Lambda's lies on the same line.
    { name: 'API rate and Lambda rate', colour: COLOURS.purple, ...level('API rate') },
    { name: 'key throttle', colour: COLOURS.yellow, dashed: true, ...level('key throttle') },
    { name: 'key quota', colour: COLOURS.grey, dashed: true, ...level('key quota') },
  ];
  return {
    title: 'Images a second that each limit lets through',
    x: SIZE_AXIS,
    y: decades('images a second', lines, count),
    lines,
    area: { points: draw(BYTES, account), colour: '#eaf4fb' },
    note: NOTE,
  };
};
