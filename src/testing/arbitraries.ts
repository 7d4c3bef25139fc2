import fc from 'fast-check';
import { type ImagePath, pathFault } from '../domain/mapping/image-path.ts';
import { IMAGE_EXTENSIONS } from '../domain/mapping/media-type.ts';
import type { Mapping, PathMapping, Route } from '../domain/mapping/path-mapping.ts';
import { KINDS, type KindName, type Placeholder } from '../domain/mapping/placeholder.ts';
import { type CompiledTemplate, compileTemplate, formatTemplate, type Values } from '../domain/mapping/template.ts';

/** Image paths, mostly short. They use all of Unicode and many characters that are special in other syntaxes. */
export const imagePaths = (): fc.Arbitrary<ImagePath> =>
  fc.array(segments(), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/') as ImagePath);

/** Texts that an attacker might send as an encoded path. Some are valid paths. */
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

/**
 * Mappings that `createPathMapping` accepts. They use every construct of the template language, and no route is lossy.
 */
export const mappings = (): fc.Arbitrary<Mapping> =>
  fc.record({
    prefix: fc.constantFrom('', 'images', 'images/', 'a b/ü'),
    routes: fc.uniqueArray(fc.oneof({ weight: 5, arbitrary: routes() }, LITERAL_ROUTES), {
      minLength: 1,
      maxLength: 8,
      selector: ({ path }) => path,
    }),
  });

/** Paths that match the routes of a mapping. Each route is equally likely, and many paths are similar. */
export const pathsMatching = (mapping: PathMapping): fc.Arbitrary<ImagePath> =>
  fc.oneof(...mapping.routes.map(({ path }) => textsOf(compileTemplate(path)).map((text) => text as ImagePath)));

/** Values that the template accepts. */
export const valuesOf = (template: CompiledTemplate): fc.Arbitrary<Values> => {
  const values = template.names.map((name) =>
    textFor(template.placeholders.filter((placeholder) => placeholder.name === name)),
  );
  const isAccepted = (candidate: Values) => typeof formatTemplate(template, candidate) === 'string';
  return fc.tuple(...values).filter(failIfNoneAccepted(isAccepted, template.source));
};

const textsOf = (template: CompiledTemplate): fc.Arbitrary<string> =>
  valuesOf(template)
    .map((values) => formatTemplate(template, values) as string)
    .filter((text) => pathFault(text) === undefined);

/**
 * Wraps the predicate of a filter. Throws after 10,000 rejected values in a row, because fast-check would try forever.
 */
const failIfNoneAccepted = <Value>(accepts: (value: Value) => boolean, source: string): ((value: Value) => boolean) => {
  let rejected = 0;
  return (value) => {
    rejected = accepts(value) ? 0 : rejected + 1;
    if (rejected > 10_000) throw new Error(`Found no values that the template ${source} accepts.`);
    return rejected === 0;
  };
};

interface Lengths {
  readonly minLength: number;
  readonly maxLength: number;
}

/**
 * Texts for each kind. They use few characters, so different values often give the same key if a template allows it.
 */
const TEXTS_OF_KIND: Readonly<Record<KindName, (lengths: Lengths) => fc.Arbitrary<string>>> = {
  digits: (lengths) => fc.string({ unit: fc.constantFrom(...'0123456789'), ...lengths }),
  hex: (lengths) => fc.string({ unit: fc.constantFrom(...'ab01'), ...lengths }),
  alnum: (lengths) => fc.string({ unit: fc.constantFrom(...'abZ01'), ...lengths }),
  image: () => fc.constantFrom('jpg', 'JPG', 'Png', ...IMAGE_EXTENSIONS),
};

/** Values for placeholders that share a name, long enough for their slices. */
const textFor = (placeholders: readonly Placeholder[]): fc.Arbitrary<string> => {
  const ends = placeholders.flatMap(({ slice }) => (slice === undefined ? [] : [slice.start, slice.end ?? 0]));
  const minLength = 1 + Math.max(0, ...ends.map(Math.abs));
  const lengths = { minLength, maxLength: minLength + 3 };
  const kinds = placeholders.flatMap(({ kind }) => kind ?? []);
  if (kinds.length > 0) return fc.oneof(...kinds.map(({ name }) => TEXTS_OF_KIND[name](lengths)));
  // The characters include those of the literals, so values can look like parts of the template.
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '_', 'é', '😀'), ...lengths });
  if (!placeholders.every(({ multiSegment }) => multiSegment)) return text;
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
    // Disguised dot segments: partly escaped, escaped twice, or with another character in between.
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
  // Invalid UTF-8: overlong, truncated, a surrogate, or above the last code point.
  ...['%c0%af', '%c0%ae%c0%ae', '%e2%82', '%ed%a0%80', '%f4%90%80%80', '%ff', '\ud800', '\udc00'],
  // Characters that are invisible, reverse the text, or look like other characters.
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
  kind: fc.constantFrom('', '', ...Object.keys(KINDS).map((name) => `:${name}`)),
});
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Routes without placeholders. Each matches one path, in a folder that other routes start with. */
const LITERAL_ROUTES: fc.Arbitrary<Route> = fc
  .constantFrom('x', 'y', 'x/y', 'x/y/x', 'partner.images/x')
  .map((path) => ({ path, key: `k/${path}` }));

/** Routes whose templates are assembled from parts. */
const routes = (): fc.Arbitrary<Route> =>
  fc
    .record({
      folders: fc.array(fc.constantFrom('x', 'y', 'partner.images', 'x}}y', 'ü'), { maxLength: 2 }),
      multiSegment: fc.boolean(),
      segmented: fc.array(fc.array(PARTS, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      slice: fc.option(fc.constantFrom('[0:2]', '[2:4]', '[-3:]', '[:1]', '[1:-1]', '[8:10]'), { nil: undefined }),
      order: fc.shuffledSubarray(NAMES, { minLength: NAMES.length }),
      separator: fc.constantFrom('/', '-', '.', '/k-'),
      repeats: fc.boolean(),
    })
    .map(({ folders, multiSegment, segmented, slice, order, separator, repeats }) => {
      const names: string[] = [];
      const placeholders = segmented.map((parts) =>
        parts.map(({ literal, kind }, index) => {
          const name = NAMES[names.length] as string;
          names.push(name);
          return `${index === 0 ? '' : literal}{${name}${kind}}`;
        }),
      );
      const written = placeholders.map((parts) => parts.join(''));
      // Image extensions are too short for most slices.
      const sliced = slice === undefined || segmented[0]?.[0]?.kind === ':image' ? [] : [`{a${slice}}`];
      const path = [...folders, ...(multiSegment ? ['{r+}'] : []), ...sliced, ...written].join('/');
      const kept = order.filter((name) => names.includes(name)).map((name) => `{${name}}`);
      const key = [...(multiSegment ? ['{r+}'] : []), ['k', ...(repeats ? sliced : []), ...kept].join(separator)].join(
        '/',
      );
      return { path, key };
    });
