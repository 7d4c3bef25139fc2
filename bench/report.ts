import { CHANGES } from './changes.ts';
import type { Results } from './results.ts';
import { type Table, toMarkdown } from './table.ts';
import { adversaryTable, TABLES } from './tables.ts';
import { isMet, TARGETS, type Target } from './targets.ts';

/** What stands first everywhere: how the measured figures compare with what they have to be. */
export const targetTable = ({ ratios }: Results): Table => [
  ['figure', 'target', 'measured', ''],
  ...TARGETS.map((target) => [
    target.what,
    `${target.bound} ${formatTarget(target, target.value)}`,
    ratios[target.name] === null ? 'not measured' : formatTarget(target, ratios[target.name] ?? 0),
    { true: 'met', false: 'missed', undefined: '' }[String(isMet(target, ratios))] ?? '',
  ]),
];

/** The page that `npm run bench` writes. */
export const formatReport = (results: Results): string =>
  [
    '# Measured, side by side',
    '',
    ...wrap(
      `Written by \`npm run bench${results.quick ? ' -- --quick' : ''}\` on ${results.machine.date}${results.quick ? ' (fewer samples than targets ask for)' : ''}: ${results.machine.cores} cores of ${results.machine.cpu}, Node.js ${results.machine.node}. The raw samples are in [results.json](results.json).`,
      'Everything stands beside something else of the same run, because machines differ: compare the rows of a table, and not the figures of two runs.',
    ),
    ...results.absent.map((reason) => `Not measured here: ${reason}.\n`),
    '## Targets',
    '',
    toMarkdown(targetTable(results)),
    `First byte at 25 MB from an origin that answers at once: ${results.ratios.ttfb25mOursToInstantOrigin.toFixed(2)} times the origin's own.`,
    '',
    ...TARGETS.filter((target) => isMet(target, results.ratios) === false).flatMap(explainMiss),
    ...section('Who is measured', RIVALS),
    ...section('Cold start', COLD, TABLES.cold(results)),
    ...section('Bundle', BUNDLE, TABLES.bundles(results)),
    ...section('Warm latency', WARM, TABLES.warm(results)),
    ...section('Time to first byte', FIRST_BYTE, TABLES.distant(results)),
    ...section('Requests without an image', REQUESTS, TABLES.requests(results)),
    ...section('Throughput', THROUGHPUT, TABLES.throughput(results)),
    ...section('Memory', MEMORY, TABLES.memory(results)),
    ...section('Mapping', MAPPING, TABLES.mapping(results)),
    ...section('Paths made to be slow', ADVERSARIES, adversaryTable(results)),
    '## What was tried',
    '',
    'Before and after stood side by side in one run, another for each idea: of `npm run bench -- --before …`, or, where a variant was no other checkout but another option of the process or the bundle, of the same functions. They say what an idea is worth, and cannot be compared with the tables above.',
    '',
    ...CHANGES.flatMap(({ idea, kept, text, figures }) => [
      `**${idea}: ${kept ? 'kept' : 'not kept'}.** ${text}`,
      '',
      toMarkdown([['figure', 'before', 'after'], ...figures]),
    ]),
  ].join('\n');

const wrap = (...sentences: readonly string[]): readonly string[] => [...sentences, ''];

const section = (title: string, text: string, table?: Table): readonly string[] => [
  `## ${title}`,
  '',
  text,
  '',
  ...(table === undefined ? [] : [toMarkdown(table)]),
];

const RIVALS = `All of them read the same bucket: a small S3 on loopback, without TLS, in a process of its own. *bare* is the smallest
streaming handler that can be written on the SDK, GetObject piped out and nothing checked: the floor. *naive* is the handler that
everybody writes: GetObject, read whole, base64; in TypeScript, and in Python on boto3 (cold and warm alone: it is another
runtime). *ours* are the two bundles that Lambda runs, with their log. The functions run under AWS's own runtime clients, one
event at a time, as on Lambda. All bundles are made with the same options, but for one: ours leave out the SDK's chain of
credentials providers, of which Lambda needs one. *bare, trimmed as ours* leaves it out as well, to show what that is worth.

Rivals take turns in every round, so that a machine which is slow for a while is slow for all. Where two are compared, it is the
ratio of their medians.`;

const COLD = `Milliseconds from the start of the process until the whole image of 100 KB has arrived, with the event waiting. "init" is
the part before the function asks for that event.`;

const BUNDLE = `Size in kB, milliseconds to load the module in a process that has loaded nothing else, and the bytes that JavaScript copies
or recodes for each byte of an image.`;

const WARM = `Milliseconds from the event to the last byte of the answer, p50 / p95 / p99; in brackets, p50 to that of bare. A buffered
answer ends at 6 MB of JSON.`;

const FIRST_BYTE = `Milliseconds from the event to the first bytes of the image itself, p50. In the last column the origin thinks before it
answers, for as long as the lower end of the 100 to 200 ms that AWS names for S3
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html): the target is about that one. From an origin
that answers at once, as in the other columns, the ratio says what a hop through a function costs by itself: see those of bare.`;

const REQUESTS = `Milliseconds at an image of 1 MB, streaming: p50 / p95 / p99. Neither a HEAD nor a 304 reads anything of the image.`;

const THROUGHPUT = `Images of 100 KB a second, over HTTP, by the number of clients; in brackets, p50 / p99 in milliseconds. One sample each, one
after the other. One process serves all clients behind the same local gateway, while Lambda would start one for each; bare and
naive have the SDK's 50 sockets, ours as many as it takes. nginx passes the origin's bytes on, without a function or a key: the
limit for raw bytes.`;

const MEMORY = `Megabytes by which the peak of resident memory grows beyond the peak of the same process while it served 1,000 images of
100 KB; in brackets, the peak itself. Each process sends three images of each size, from left to right.`;

const MAPPING = `The domain alone, on one core: a path is decoded, checked and mapped to its key. Each of five samples passes again and
again over 1,000 paths. The figures are medians of their fastest passes, because whatever else the machine does only adds to
them; "typically" is the median pass.`;

const ADVERSARIES = `Microseconds for a path by its length in characters, with the mapping of the README. That twice the length costs at most about
twice as much is held, without a clock, by test/domain/mapping-cost.test.ts; keys end at 1,024 bytes, and what is longer is
refused after it was read once.`;

/** Why a target may be missed, as the profiles told. */
const REASONS: Partial<Record<Target['name'], string>> = {
  coldOursToBare:
    'ours also loads inversify (9 ms under `node --cpu-prof`), pino (7) and the domain (2). Bare loads none of them.',
  coldOursToPython:
    'most of a cold start of ours is that of Node.js, the runtime client and the SDK, which bare has as well: see its row.',
  warm100kOursToBare:
    'an image of 100 KB also costs ours 0.09 ms for its log line (under `node --cpu-prof`) and 0.06 for a body that can be resumed.',
};

const explainMiss = ({ name, what }: Target): readonly string[] => [
  `Missed, ${what}: ${REASONS[name] ?? 'no reason has been found yet.'}`,
  '',
];

const formatTarget = ({ unit }: Target, value: number): string =>
  unit === '' ? value.toFixed(2) : `${Math.round(value).toLocaleString('en')} ${unit}`;
