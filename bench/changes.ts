/** What was changed, or tried, for the sake of a figure. The columns of a row are of one run, in which both took turns. */
export interface Change {
  readonly idea: string;
  readonly kept: boolean;
  readonly text: string;
  readonly figures: readonly (readonly [figure: string, before: string, after: string])[];
}

const COLD = 'cold start, median, ms';
const INIT = 'of it until the function asks for an event, ms';

export const CHANGES: readonly Change[] = [
  {
    idea: 'All of what was kept, together',
    kept: true,
    text: 'In one run of everything, beside the bundle as it was before.',
    figures: [
      [COLD, '386', '232'],
      ['warm p50 to bare, 100 KB', '1.00', '1.00'],
      ['warm p50 to bare, 4 MB', '1.16', '0.77'],
      ['warm p50 to bare, 25 MB', '1.21', '0.70'],
      ['growth of memory at 200 MB', '85.7 MB', '2.7 MB'],
    ],
  },
  {
    idea: 'Read source maps when something has failed, and not at every start',
    kept: true,
    text: 'With `--enable-source-maps` Node.js reads and decodes a map of a megabyte. Now a stack is put back into the places of the sources when it is logged.',
    figures: [[COLD, '304', '226']],
  },
  {
    idea: 'One provider of credentials in the bundle',
    kept: true,
    text: "Lambda hands credentials over in variables; the SDK's chain of providers brings clients for SSO, STS and more.",
    figures: [
      ['bundle, kB', '655', '533'],
      [COLD, '285', '255'],
      [INIT, '196', '173'],
    ],
  },
  {
    idea: 'CommonJS instead of an ES module',
    kept: true,
    text: "An ES module has Node.js make namespaces of its own modules, and evaluate all that they export, such as the whole of fetch for node:http. Under the runtime client, most of that is saved by the client's own care.",
    figures: [
      [COLD, '261', '255'],
      [INIT, '177', '173'],
    ],
  },
  {
    idea: 'Make the schema of the configuration that is read, and compile no parser for it',
    kept: true,
    text: 'It is read once.',
    figures: [[INIT, '165', '155']],
  },
  {
    idea: 'Wait for a full output before the next chunk, and not after each',
    kept: true,
    text: 'The next chunk is read meanwhile, and the end is not held up.',
    figures: [
      ['warm p50 to bare, 100 KB', '1.14', '1.09'],
      ['warm p50 to bare, 1 MB', '1.12', '1.09'],
    ],
  },
  {
    idea: 'Routes indexed by their literal heads, values by position, one expression for what no path has',
    kept: true,
    text: 'Instead of trying every route, keeping values by name, and three expressions for each path and key.',
    figures: [
      ['the mapping of the README, ns a path', '1253', '760'],
      ['1 route, ns a path', '1236', '715'],
      ['100 routes, ns a path', '3402', '827'],
    ],
  },
  {
    idea: 'A young generation of 1 MB, by NODE_OPTIONS',
    kept: false,
    text: 'It bounds memory as well, but collects in the middle of small requests.',
    figures: [
      ['growth of memory at 200 MB', '73.8 MB', '9.3 MB'],
      ['warm p50 to bare, 100 KB', '1.06', '1.10'],
    ],
  },
  {
    idea: '`--expose-gc` in NODE_OPTIONS, instead of asking V8 for its collector when it is needed',
    kept: false,
    text: 'With a flag of V8 that changes what is compiled, Node.js cannot use the compiled code of its own modules that it brings along.',
    figures: [[COLD, '290', '360']],
  },
  {
    idea: "V8's compile cache (NODE_COMPILE_CACHE, filled by an earlier start)",
    kept: false,
    text: 'No gain under the runtime client; and shipped with a bundle it would be tied to the version and the processor of the machine that filled it.',
    figures: [[COLD, '224', '226']],
  },
  {
    idea: 'Load STS where a role is configured, and nowhere else',
    kept: false,
    text: 'A dynamic import keeps esbuild from joining the modules that both parts share: the bundle grows by more than that.',
    figures: [['bundle, kB', '532', '543']],
  },
  {
    idea: 'Send status and headers with the first bytes of the image',
    kept: false,
    text: 'One packet less, and no difference that could be seen.',
    figures: [['warm p50 to bare, 100 KB', '1.10', '1.11']],
  },
  {
    idea: 'One allocation for base64',
    kept: true,
    text: 'So it was from the start: the image is read into one buffer of its length. The handler that everybody writes collects, joins and copies.',
    figures: [['bytes copied for each byte of an image: naive, ours', '3.33', '2.33']],
  },
];
