/** A panel with two logarithmic axes, as SVG. */
export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** Filled from the bottom up to this line. */
  readonly area?: { readonly points: readonly Point[]; readonly colour: string };
  /** A place on the x axis, and what is to be known of what is beyond it. */
  readonly note?: { readonly at: number; readonly text: string };
}

export interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly Point[];
  readonly dashed?: boolean;
  readonly width?: number;
  /** Where it is marked. */
  readonly marks?: readonly Point[];
}

export type Point = readonly [x: number, y: number];

/** The space of a panel, in the units of the drawing. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const INK = '#1f2328';
const MUTED = '#59636e';
const GRID = '#e4e8ec';

/** The axes lie on the edges of the box; the title is above it, and the names of the lines below. */
export const drawChart = ({ title, x, y, lines, area, note }: Chart, box: Box): string => {
  const { left, top, width, height } = box;
  const bottom = top + height;
  const across = scale(x, left, left + width);
  const up = scale(y, bottom, top);
  const path = (points: readonly Point[]) =>
    points.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${across(px)} ${up(py)}`).join('');
  const parts: readonly (readonly string[])[] = [
    [text(title, left, top - 18, { size: 16, weight: 600 })],
    area === undefined ? [] : [`<path d="${path(area.points)}V${bottom}H${left}Z" fill="${area.colour}"/>`],
    x.ticks.flatMap(({ at, text: label }) => [
      `<path d="M${across(at)} ${top}V${bottom}" stroke="${GRID}"/>`,
      text(label, across(at), bottom + 18, { anchor: 'middle', colour: MUTED }),
    ]),
    y.ticks.flatMap(({ at, text: label }) => [
      `<path d="M${left} ${up(at)}H${left + width}" stroke="${GRID}"/>`,
      text(label, left - 8, up(at) + 4, { anchor: 'end', colour: MUTED }),
    ]),
    note === undefined
      ? []
      : [
          `<path d="M${across(note.at)} ${top}V${bottom}" stroke="${MUTED}" stroke-dasharray="2 3"/>`,
          text(note.text, across(note.at) - 6, bottom - 10, { anchor: 'end', colour: MUTED }),
        ],
    [
      `<path d="M${left} ${top}V${bottom}H${left + width}" fill="none" stroke="${MUTED}"/>`,
      text(x.title, left + width / 2, bottom + 40, { anchor: 'middle' }),
      text(y.title, left - 52, top + height / 2, { anchor: 'middle', turned: true }),
    ],
    lines.map((line) => `<path d="${path(line.points)}" ${stroke(line)}/>`),
    lines.flatMap(({ marks = [], colour }) =>
      marks.map(([px, py]) => `<circle cx="${across(px)}" cy="${up(py)}" r="3.5" fill="${colour}" stroke="#fff"/>`),
    ),
    drawLegend(lines, { ...box, top: bottom + 64 }),
  ];
  return parts.flat().join('\n');
};

/** In two columns, read downwards. */
const drawLegend = (lines: readonly Line[], { left, top, width }: Box): readonly string[] => {
  const rows = Math.ceil(lines.length / 2);
  return lines.flatMap((line, index) => {
    const x = left + (index < rows ? 0 : width / 2);
    const y = top + (index % rows) * 20;
    return [`<path d="M${x} ${y}h26" ${stroke(line)}/>`, text(line.name, x + 34, y + 4)];
  });
};

const stroke = ({ colour, dashed = false, width = 2 }: Line): string =>
  `fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"${dashed ? ' stroke-dasharray="6 4"' : ''}`;

interface TextStyle {
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'middle' | 'end';
  readonly colour?: string;
  readonly turned?: boolean;
}

export const text = (content: string, x: number, y: number, style: TextStyle = {}): string => {
  const { size = 12, weight = 400, anchor = 'start', colour = INK, turned = false } = style;
  const place = `x="${round(x)}" y="${round(y)}"${turned ? ` transform="rotate(-90 ${round(x)} ${round(y)})"` : ''}`;
  return `<text ${place} font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${colour}">${escapeXml(content)}</text>`;
};

const escapeXml = (content: string): string =>
  content.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] as string);

const scale =
  ({ from, to }: Axis, start: number, end: number) =>
  (value: number): number =>
    round(start + (Math.log(value / from) / Math.log(to / from)) * (end - start));

const round = (value: number): number => Math.round(value * 10) / 10;
