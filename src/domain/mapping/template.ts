import { quote } from '../errors.ts';
import { accepts, expectation, type Placeholder, textOf } from './placeholder.ts';
import { parseTokens, type Token } from './template-syntax.ts';

/** The values of names, in the order that the template was compiled with. */
export type Values = readonly string[];

/** Why a text does not match a template, or why values cannot be written with it. */
export class Mismatch {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    this.expected = expected;
    this.found = found;
  }

  get reason(): string {
    return `expected ${this.expected}, found ${quote(this.found)}`;
  }
}

/**
 * One side of a route as plain data, for `matchTemplate` and `formatTemplate`.
 *
 * `shops/{shop}/{folder+}/{id[0:2]}/{id}.{ext}` compiles to
 *
 * ```text
 * parts                        0: "shops/" {shop}   1: "/" {folder+}   2: "/" {id[0:2]}   3: "/" {id}   4: "." {ext}
 * leadingLiteral               "shops/"
 * trailingLiteral              ""
 * slashesBeforeMultiSegment    2
 * names                        shop, folder, id, ext
 * firstWholeIndexes            0, 1, 3, 4
 * agreements                   part 2 agrees with part 3
 * ```
 *
 * `matchTemplate` splits a text from right to left. `|` marks the start of the literal that each step finds:
 *
 * ```text
 * part   search                 text                                    placeholder   its text
 * 4      last "."               shops/acme/2024/may/67/6728.v2|.jpg     {ext}         jpg
 * 3      last "/" before that   shops/acme/2024/may/67|/6728.v2         {id}          6728.v2
 * 2      last "/" before that   shops/acme/2024/may|/67                 {id[0:2]}     67
 * 1      second "/"             shops/acme|/2024/may                    {folder+}     2024/may
 * 0      none: it is the rest   |shops/acme                             {shop}        acme
 * ```
 *
 * Part 1 counts slashes from the left because the text of `{folder+}` has slashes itself. The number is fixed: no other
 * placeholder matches a slash. At last, `6728.v2` must have the slice `67`, and the values are `acme`, `2024/may`,
 * `6728.v2` and `jpg`. Each literal is searched once, without backtracking, so matching is O(length of the text).
 *
 * `formatTemplate` writes the parts from left to right and splits the result again. It refuses values that would be read
 * differently: `x` and `y-z` written with `{a}-{b}` would be read as `x-y` and `z`.
 */
export interface CompiledTemplate {
  readonly source: string;
  readonly placeholders: readonly Placeholder[];
  /** The names that occur without a slice, in the order of the template. */
  readonly names: readonly string[];
  /** The complete segments at the start of every matching text. */
  readonly literalSegments: readonly string[];
  /** Equal for templates that differ only in the names of their placeholders. */
  readonly shape: string;
  readonly parts: readonly Part[];
  /** The literal of the first part. The whole template if it has no placeholder. */
  readonly leadingLiteral: string;
  readonly trailingLiteral: string;
  /** The number of slashes in front of the text of `{name+}`. 0 without such a placeholder. */
  readonly slashesBeforeMultiSegment: number;
  /** For each value, the index of the first part that has its name without a slice, or -1. */
  readonly firstWholeIndexes: readonly number[];
  readonly agreements: readonly Agreement[];
}

/** A placeholder and the literal in front of it. The literal is empty only at the start of a template. */
interface Part {
  readonly literal: string;
  readonly placeholder: Placeholder;
  /** The index of its name among the values. */
  readonly valueIndex: number;
  /** The object of "expected" if the literal is not found. */
  readonly expectedLiteral: string;
  /** The object of "expected" if the placeholder does not accept its text. */
  readonly expectedText: string;
}

/** The text of part `index` must equal the text of part `wholeIndex`, or its slice. */
interface Agreement {
  readonly placeholder: Placeholder;
  readonly index: number;
  readonly wholeIndex: number;
}

/**
 * @param order The names in the order of their values. Default: the names of the template. The key of a route has the
 * order of its path.
 * @throws ImageError `invalid-mapping`: the column, what is wrong there, and how to fix it.
 */
export const compileTemplate = (source: string, order?: readonly string[]): CompiledTemplate => {
  const tokens = parseTokens(source);
  const placeholders = tokens.filter((token) => typeof token !== 'string');
  const names = [...new Set(placeholders.filter(({ slice }) => slice === undefined).map(({ name }) => name))];
  const valueNames = order ?? names;
  const parts = toParts(tokens, valueNames);
  const firstWholeIndex = (name: string) =>
    placeholders.findIndex((placeholder) => placeholder.name === name && placeholder.slice === undefined);
  const leadingLiteral = literalOrEmpty(tokens[0]);
  return {
    source,
    placeholders,
    names,
    // A placeholder completes the last segment of the literal in front of it.
    literalSegments: leadingLiteral.split('/').slice(0, parts.length === 0 ? undefined : -1),
    shape: toShape(tokens),
    parts,
    leadingLiteral,
    trailingLiteral: literalOrEmpty(tokens.at(-1)),
    slashesBeforeMultiSegment: countSlashesBeforeMultiSegment(parts),
    firstWholeIndexes: valueNames.map(firstWholeIndex),
    agreements: placeholders.flatMap((placeholder, index) => {
      const wholeIndex = firstWholeIndex(placeholder.name);
      return wholeIndex === -1 || wholeIndex === index ? [] : [{ placeholder, index, wholeIndex }];
    }),
  };
};

/** The values in a text. A name that the template lacks has the value `''`. */
export const matchTemplate = (template: CompiledTemplate, text: string): Values | Mismatch => {
  const texts = splitText(template, text);
  if (texts instanceof Mismatch) return texts;
  for (const { placeholder, index, wholeIndex } of template.agreements) {
    const expected = textOf(placeholder, texts[wholeIndex] as string);
    const found = texts[index] as string;
    if (expected !== found) return new Mismatch(`${quote(expected)} for ${placeholder.source}`, found);
  }
  return template.firstWholeIndexes.map((index) => texts[index] ?? '');
};

/** The text of the values: the inverse of `matchTemplate`. Refuses values that `matchTemplate` would not return. */
export const formatTemplate = (template: CompiledTemplate, values: Values): string | Mismatch => {
  const { parts, trailingLiteral } = template;
  const written: string[] = [];
  let text = '';
  for (const { literal, placeholder, valueIndex } of parts) {
    const value = values[valueIndex];
    if (value === undefined) return new Mismatch(`a value for ${placeholder.source}`, '');
    const piece = textOf(placeholder, value);
    written.push(piece);
    text += literal + piece;
  }
  text += trailingLiteral;
  if (isReadBack(template, text, written)) return text;
  const read = splitText(template, text);
  if (read instanceof Mismatch) return read;
  const changed = written.findIndex((piece, index) => piece !== read[index]);
  const { placeholder } = parts[changed] as Part;
  return new Mismatch(`a text in which ${placeholder.source} matches ${quote(written[changed] as string)}`, text);
};

/** The texts of the placeholders, from left to right. */
const splitText = (template: CompiledTemplate, text: string): readonly string[] | Mismatch => {
  const { parts, leadingLiteral, trailingLiteral, slashesBeforeMultiSegment } = template;
  // Stryker disable next-line ArrayDeclaration: equivalent, no part reads the texts
  if (parts.length === 0) return text === leadingLiteral ? [] : new Mismatch(quote(leadingLiteral), text);
  // Faster than startsWith, and this runs for every path.
  if (text.lastIndexOf(leadingLiteral, 0) === -1) return new Mismatch(`${quote(leadingLiteral)} at the start`, text);
  if (!text.endsWith(trailingLiteral)) return new Mismatch(`${quote(trailingLiteral)} at the end`, text);
  if (indexAfterSlashes(text, slashesBeforeMultiSegment) === -1) {
    return new Mismatch(`at least ${slashesBeforeMultiSegment + 1} segments`, text);
  }
  // Stryker disable next-line ArrayDeclaration: equivalent, the length only saves time
  const texts = new Array<string>(parts.length);
  let right = text.length - trailingLiteral.length;
  for (let index = parts.length - 1; index >= 0; index--) {
    const { literal, placeholder, expectedLiteral, expectedText } = parts[index] as Part;
    const left = findLiteral(template, index, text, right);
    if (left === -1) return new Mismatch(expectedLiteral, text.slice(0, right));
    const found = text.slice(left + literal.length, right);
    if (!accepts(placeholder, found)) return new Mismatch(expectedText, found);
    texts[index] = found;
    right = left;
  }
  return texts;
};

/** Whether `splitText` would return these texts. Every key is checked with it, so it compares indexes and cuts nothing. */
const isReadBack = (template: CompiledTemplate, text: string, written: readonly string[]): boolean => {
  let right = text.length - template.trailingLiteral.length;
  for (let index = written.length - 1; index >= 0; index--) {
    const { literal, placeholder } = template.parts[index] as Part;
    const piece = written[index] as string;
    const left = right - piece.length - literal.length;
    if (!accepts(placeholder, piece) || findLiteral(template, index, text, right) !== left) return false;
    right = left;
  }
  return true;
};

/** The index of the literal in front of placeholder `index`, searching left from `right`; -1 if not found. */
const findLiteral = (template: CompiledTemplate, index: number, text: string, right: number): number => {
  // The text starts with the leading literal.
  if (index === 0) return 0;
  const { literal, placeholder } = template.parts[index] as Part;
  // One character at least is left for the placeholder.
  if (!placeholder.multiSegment) return text.lastIndexOf(literal, right - 1 - literal.length);
  const left = indexAfterSlashes(text, template.slashesBeforeMultiSegment) - literal.length;
  return text.startsWith(literal, left) ? left : -1;
};

/** The index just after slash number `count`, from the left; -1 if there are fewer. */
export const indexAfterSlashes = (text: string, count: number): number => {
  let index = 0;
  for (let slash = 0; slash < count; slash++) {
    index = text.indexOf('/', index) + 1;
    if (index === 0) return -1;
  }
  return index;
};

const literalOrEmpty = (token: Token | undefined): string => (typeof token === 'string' ? token : '');

const toParts = (tokens: readonly Token[], valueNames: readonly string[]): readonly Part[] =>
  tokens.flatMap((token, index) => {
    if (typeof token === 'string') return [];
    const literal = literalOrEmpty(tokens[index - 1]);
    return {
      literal,
      placeholder: token,
      valueIndex: valueNames.indexOf(token.name),
      expectedLiteral: `${quote(literal)} before ${token.source}`,
      expectedText: expectation(token),
    };
  });

const countSlashesBeforeMultiSegment = (parts: readonly Part[]): number =>
  parts
    .slice(0, parts.findIndex(({ placeholder }) => placeholder.multiSegment) + 1)
    .reduce((sum, { literal }) => sum + literal.split('/').length - 1, 0);

const toShape = (tokens: readonly Token[]): string => {
  const numbers = new Map<string, number>();
  return JSON.stringify(
    tokens.map((token) => {
      if (typeof token === 'string') return token;
      const { name, multiSegment, slice, kind } = token;
      if (!numbers.has(name)) numbers.set(name, numbers.size);
      return [numbers.get(name), multiSegment, slice, kind?.name];
    }),
  );
};
