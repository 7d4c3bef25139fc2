import fc from 'fast-check';
import { type ImagePath, pathFault } from '../domain/mapping/image-path.ts';
import { IMAGE_EXTENSIONS } from '../domain/mapping/media-type.ts';
import type { Mapping, PathMapping, Route } from '../domain/mapping/path-mapping.ts';
import type { Placeholder } from '../domain/mapping/placeholder.ts';
import { parseTemplate, type Template, type Values } from '../domain/mapping/template.ts';

/** Every image path there is, most of them short: all of Unicode, and much of what has a meaning elsewhere. */
export const imagePaths = (): fc.Arbitrary<ImagePath> =>
  fc.array(segments(), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/') as ImagePath);

/** Texts in the place of an encoded path that somebody might send to break it: some of them are paths nevertheless. */
export const hostilePaths = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('%', '2', '5', 'F', 'f', 'e', 'E', '/', '.', 'c', '0', 'a') }),
    fc
      .array(fc.oneof(fc.constantFrom(...HOSTILE_PIECES), segments()), { maxLength: 8 })
      .map((pieces) => pieces.join('')),
    fc
      .tuple(fc.constantFrom(...HOSTILE_PIECES), fc.integer({ min: 1, max: 2_000 }))
      .map(([piece, times]) => piece.repeat(times)),
  );

/** Mappings that `createPathMapping` accepts: with every construct of the language, none of them lossy. */
export const mappings = (): fc.Arbitrary<Mapping> =>
  fc.record({
    prefix: fc.constantFrom('', 'images', 'images/', 'a b/ü'),
    routes: fc.uniqueArray(fc.oneof({ weight: 5, arbitrary: routes() }, LITERAL_ROUTES), {
      minLength: 1,
      maxLength: 8,
      selector: ({ path }) => path,
    }),
  });

/** Paths that a mapping takes, from each of its routes: many of them as similar to each other as they can be. */
export const pathsTakenBy = ({ routes: taken }: PathMapping): fc.Arbitrary<ImagePath> =>
  fc.oneof(...taken.map((route) => textsOf(parseTemplate(route.path)).map((text) => text as ImagePath)));

/** Values that the template accepts. */
export const valuesOf = (template: Template): fc.Arbitrary<Values> => {
  const values = template.names.map((name) => {
    const own = template.placeholders.filter((placeholder) => placeholder.name === name);
    return textFor(own);
  });
  return fc
    .tuple(...values)
    .filter(patiently(template.source, (candidate) => typeof template.format(candidate) === 'string'));
};

const textsOf = (template: Template): fc.Arbitrary<string> =>
  valuesOf(template)
    .map((values) => template.format(values) as string)
    .filter((text) => pathFault(text) === undefined);

/** Filters, and gives up with a reason where fast-check would try for ever. */
const patiently = <Value>(source: string, accepts: (value: Value) => boolean): ((value: Value) => boolean) => {
  let refused = 0;
  return (value) => {
    refused = accepts(value) ? 0 : refused + 1;
    if (refused > 10_000) throw new Error(`No values were found that the template ${source} accepts.`);
    return refused === 0;
  };
};

/** A text for a name that stands in all of these placeholders; long enough for slices to have something to take. */
const textFor = (placeholders: readonly Placeholder[]): fc.Arbitrary<string> => {
  const ends = placeholders.flatMap(({ slice }) => (slice === undefined ? [] : [slice.start, slice.end ?? 0]));
  const minLength = 1 + Math.max(0, ...ends.map(Math.abs));
  const kinds = placeholders.flatMap(({ kind }) => kind ?? []);
  const limits = { minLength, maxLength: minLength + 3 };
  if (kinds.some(({ accepts }) => !accepts('jpg') && accepts('12')))
    return fc.string({ unit: fc.constantFrom(...'0123456789'), ...limits });
  if (kinds.some(({ accepts }) => accepts('jpg') && !accepts('12')))
    return fc.constantFrom('jpg', 'JPG', 'Png', ...IMAGE_EXTENSIONS);
  if (kinds.length > 0) return fc.string({ unit: fc.constantFrom(...'ab01'), ...limits });
  // Few characters, those of the templates' literals among them: where two paths can meet in one key, they will.
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '_', 'é', '😀'), ...limits });
  if (!placeholders.every(({ rest }) => rest)) return text;
  return fc.array(text, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
};

const SEGMENT_CHARACTERS = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abcXYZ0189-_.~') },
  { weight: 2, arbitrary: fc.constantFrom(...' +%&?#=:;,@!$\'"()[]{}|\\^`<>*é漢😀') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
);

const segments = (): fc.Arbitrary<string> =>
  fc
    .string({ unit: SEGMENT_CHARACTERS, minLength: 1, maxLength: 12 })
    .map((text) => text.replace(/[\p{Cc}\p{Cs}/]/gu, '~'))
    .map((text) => (/^\.{1,2}$/.test(text) ? `${text}~` : text));

const HOSTILE_PIECES = [
  ...[
    '/',
    '//',
    '.',
    '..',
    '../',
    '/..',
    './',
    '...',
    '\\',
    '..\\',
    '%',
    '%%',
    '%2',
    '%2e',
    '%2e%2e/',
    '%2E%2E%2F',
    '%2f',
    '%252f',
    '%5c',
    // Dots that pass for one another, mixed, escaped twice, or with something between.
    '.%2e/',
    '%2e./',
    '..%2f',
    '..%5c',
    '%252e%252e%252f',
    '..;/',
    '..%00/',
    '%c0%2e',
    '%u002e',
    '\u2024\u2024/',
  ],
  ...['%00', '%0a', '%0d%0a', '%7f', '\u0000', '\n', '\u007f', '\u0085', '+', '%20', '?', '#', ';', '~', '*'],
  // Not UTF-8: overlong, cut short, a surrogate, beyond the end of Unicode.
  ...['%c0%af', '%c0%ae%c0%ae', '%e2%82', '%ed%a0%80', '%f4%90%80%80', '%ff', '\ud800', '\udc00'],
  // Invisible, reversing, and looking like something else.
  ...['\u200b', '\ufeff', '\u202e', '%e2%80%ae', '\u2066', '\u200d', '\u2044', '\uff0f', '\uff0e', 'a\u0301', '\u00e1'],
  ...[
    '{id}',
    '{{',
    '__proto__',
    'constructor',
    'CON',
    'a'.repeat(300),
    '%20'.repeat(3_000),
    'partnerimages',
    '67286576.jpeg',
  ],
];

interface Part {
  readonly literal: string;
  readonly kind: string;
}

const LITERALS = fc.constantFrom('-', '.', '_', 'x', '-a-', '{{', '}}', 'é');
const PARTS: fc.Arbitrary<Part> = fc.record({
  literal: LITERALS,
  kind: fc.constantFrom('', '', ':digits', ':hex', ':alnum', ':image'),
});
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Without a placeholder: each takes one path, below the folders that other routes begin with. */
const LITERAL_ROUTES: fc.Arbitrary<Route> = fc
  .constantFrom('x', 'y', 'x/y', 'x/y/x', 'partner.images/x')
  .map((path) => ({ path, key: `k/${path}` }));

/** Builds the text of a route from its parts, as somebody would write it. */
const routes = (): fc.Arbitrary<Route> =>
  fc
    .record({
      folders: fc.array(fc.constantFrom('x', 'y', 'partner.images', 'x}}y', 'ü'), { maxLength: 2 }),
      rest: fc.boolean(),
      segmented: fc.array(fc.array(PARTS, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      slice: fc.option(fc.constantFrom('[0:2]', '[2:4]', '[-3:]', '[:1]', '[1:-1]', '[8:10]'), { nil: undefined }),
      order: fc.shuffledSubarray(NAMES, { minLength: NAMES.length }),
      separator: fc.constantFrom('/', '-', '.', '/k-'),
      repeats: fc.boolean(),
    })
    .map(({ folders, rest, segmented, slice, order, separator, repeats }) => {
      const names: string[] = [];
      const placeholders = segmented.map((parts) =>
        parts.map(({ literal, kind }, index) => {
          const name = NAMES[names.length] as string;
          names.push(name);
          return `${index === 0 ? '' : literal}{${name}${kind}}`;
        }),
      );
      const written = placeholders.map((parts) => parts.join(''));
      // An extension of an image is too short for most slices.
      const sliced = slice === undefined || segmented[0]?.[0]?.kind === ':image' ? [] : [`{a${slice}}`];
      const path = [...folders, ...(rest ? ['{r+}'] : []), ...sliced, ...written].join('/');
      const kept = order.filter((name) => names.includes(name)).map((name) => `{${name}}`);
      const key = [...(rest ? ['{r+}'] : []), ['k', ...(repeats ? sliced : []), ...kept].join(separator)].join('/');
      return { path, key };
    });
