import { costOf, costOfCloudFront, costOfS3, LARGEST_RANGE, total } from './cost.ts';
import { count, percent, size, usd } from './format.ts';
import { IMAGES } from './measured.ts';
import { QUOTAS } from './quotas.ts';
import { type Scenario, transferOf } from './scenario.ts';
import { inBatches, inRanges, redirected } from './ways.ts';

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  /** US dollars for a million images, undefined where the line has a gap. */
  readonly cost: (bytes: number) => number | undefined;
}

/** Colours that colour-blind people can tell apart: https://jfly.uni-koeln.de/color/ */
const linesOf = (scenario: Scenario): readonly Line[] => {
  const { measured, deployment, signing, hitRate } = scenario;
  const streamed = (bytes: number) => {
    const cost = costOf(transferOf(scenario, 'stream', bytes), deployment);
    return cost && total(cost);
  };
  const large = (cost: (bytes: number) => number) => (bytes: number) =>
    bytes > LARGEST_RANGE ? cost(bytes) : undefined;
  const redirects = redirected(measured.stream, deployment, signing).cost;
  const batches = inBatches(measured.stream, deployment, signing, { describe: true }).cost;
  const cached = (bytes: number) => costOfCloudFront(bytes, hitRate, costOfS3());
  return [
    { name: 'this API, streamed', colour: '#0072b2', cost: streamed },
    {
      name: `this API, in ranges of at most ${size(LARGEST_RANGE)}`,
      colour: '#d55e00',
      dashed: true,
      cost: large((bytes) => inRanges(measured.stream, deployment, bytes).cost),
    },
    { name: 'this API, redirects to S3', colour: '#cc79a7', dashed: true, cost: large(() => redirects) },
    { name: 'this API, signed batches', colour: '#e69f00', cost: () => batches },
    { name: `CloudFront and S3, ${percent(hitRate)} hits`, colour: '#009e73', cost: cached },
    { name: 'S3, with AWS credentials', colour: '#6e7781', cost: costOfS3 },
  ];
};

const WIDTH = 760;
const HEIGHT = 512;
const BOX = { left: 80, top: 60, right: 730, bottom: 380 } as const;
const INK = '#1f2328';
const MUTED = '#59636e';
const STEPS = 200;

/** Draws what a million images cost by their size, as SVG with two logarithmic axes. */
export const renderPlot = (scenario: Scenario): string => {
  const sizes = IMAGES.map(({ bytes }) => bytes);
  const [smallest = 1] = sizes;
  const largest = sizes.at(-1) ?? smallest;
  const lines = linesOf(scenario);
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => smallest * (largest / smallest) ** (step / STEPS));
  const curves = lines.map(({ cost }) => pointsOf(steps, cost));
  const costs = curves.flat().map(([, cost]) => cost);
  const bottom = Math.floor(Math.log10(Math.min(...costs)));
  const top = Math.ceil(Math.log10(Math.max(...costs)));
  const ticks = Array.from({ length: top - bottom + 1 }, (_, index) => 10 ** (bottom + index));
  const x = scale(smallest, largest, BOX.left, BOX.right);
  const y = scale(10 ** bottom, 10 ** top, BOX.bottom, BOX.top);
  const fast = x(QUOTAS.fastStream.value);
  const title = 'US dollars for a million images, by image size';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" role="img" aria-label="${title}">`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8" fill="#fff" stroke="#d1d9e0"/>`,
    text(title, BOX.left, 34, { size: 16 }),
    ...IMAGES.flatMap(({ name, bytes }) => [
      `<path d="M${x(bytes)} ${BOX.top}V${BOX.bottom}" stroke="#e4e8ec"/>`,
      text(name, x(bytes), BOX.bottom + 20, { anchor: 'middle', colour: MUTED }),
    ]),
    ...ticks.flatMap((tick) => [
      `<path d="M${BOX.left} ${y(tick)}H${BOX.right}" stroke="#e4e8ec"/>`,
      text(tick < 1 ? usd(tick) : `$${count(tick)}`, BOX.left - 8, y(tick) + 4, { anchor: 'end', colour: MUTED }),
    ]),
    `<path d="M${fast} ${BOX.top}V${BOX.bottom}" stroke="${MUTED}" stroke-dasharray="2 3"/>`,
    text(`a stream slows down after ${size(QUOTAS.fastStream.value)}`, fast - 6, BOX.top + 16, {
      anchor: 'end',
      colour: MUTED,
    }),
    ...lines.map((line, index) => `<path d="${pathOf(curves[index] ?? [], x, y)}" ${stroke(line)}/>`),
    ...lines.flatMap((line, index) => {
      const left = BOX.left + (index % 2) * 340;
      const baseline = BOX.bottom + 60 + Math.floor(index / 2) * 24;
      return [`<path d="M${left} ${baseline - 4}h26" ${stroke(line)}/>`, text(line.name, left + 34, baseline)];
    }),
    '</svg>\n',
  ].join('\n');
};

type Point = readonly [bytes: number, cost: number];

const pointsOf = (steps: readonly number[], cost: Line['cost']): readonly Point[] =>
  steps.flatMap((bytes) => {
    const value = cost(bytes);
    return value === undefined ? [] : [[bytes, value] as const];
  });

const pathOf = (points: readonly Point[], x: Scale, y: Scale): string =>
  points.map(([bytes, cost], index) => `${index === 0 ? 'M' : 'L'}${x(bytes)} ${y(cost)}`).join('');

const stroke = ({ colour, dashed = false }: Line): string =>
  `fill="none" stroke="${colour}" stroke-width="2.5"${dashed ? ' stroke-dasharray="6 4"' : ''}`;

type Scale = (value: number) => number;

/** Maps a value between `from` and `to` to a coordinate, on a logarithmic axis. */
const scale =
  (from: number, to: number, start: number, end: number): Scale =>
  (value) =>
    Number((start + (Math.log(value / from) / Math.log(to / from)) * (end - start)).toFixed(1));

interface TextStyle {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
}

const text = (content: string, x: number, y: number, style: TextStyle = {}): string => {
  const { size: fontSize = 12, anchor = 'start', colour = INK } = style;
  return `<text x="${x}" y="${y}" font-size="${fontSize}" text-anchor="${anchor}" fill="${colour}">${content}</text>`;
};
