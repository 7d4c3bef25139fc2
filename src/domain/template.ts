import { quote } from './errors.ts';
import { accepts, expectation, type Placeholder, textOf } from './placeholder.ts';
import { parseTokens, type Token } from './template-syntax.ts';

/** The values of a template's names. */
export type Values = ReadonlyMap<string, string>;

/** Why a text does not fit a template, or values cannot be written with it. */
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

/** One side of a route. `match` and `format` are inverses of each other wherever they answer. */
export interface Template {
  readonly source: string;
  readonly placeholders: readonly Placeholder[];
  /** The names that stand whole, whose values a match gives. */
  readonly names: ReadonlySet<string>;
  /** Equal for templates that differ in the names of their placeholders only. */
  readonly shape: string;
  match(text: string): Values | Mismatch;
  /** Writes the values; refuses those that the template would not read back from what was written. */
  format(values: Values): string | Mismatch;
}

/**
 * Reads a template. Literals are found from the right, each once and without backtracking, so that matching costs no
 * more than a constant number of passes over the text.
 *
 * @throws ImageError `invalid-mapping`: the column, what is wrong there, and the mend.
 */
export const parseTemplate = (source: string): Template => {
  const tokens = parseTokens(source);
  const captures = readCaptures(tokens);
  const placeholders = captures.map(({ placeholder }) => placeholder);
  const ending = tokens.at(-1);
  const lead = typeof tokens[0] === 'string' ? tokens[0] : '';
  const tail = typeof ending === 'string' ? ending : '';
  const noLead = `${quote(lead)} at the start`;
  const noTail = `${quote(tail)} at the end`;

  // What stands before a {name+} has a known number of segments, and ends with a slash.
  const rest = placeholders.findIndex((placeholder) => placeholder.rest);
  const headSlashes = captures.slice(0, rest + 1).reduce((sum, { before }) => sum + before.split('/').length - 1, 0);
  const noRest = `more than ${headSlashes} segments`;

  // A name has the value of its first whole placeholder; the others have to agree with it.
  const owners = new Map<string, number>();
  placeholders.forEach(({ name, slice }, index) => {
    if (slice === undefined && !owners.has(name)) owners.set(name, index);
  });
  const checks = placeholders.flatMap((placeholder, index) => {
    const owner = owners.get(placeholder.name);
    return owner === undefined || owner === index ? [] : [{ placeholder, index, owner }];
  });

  /** The text of each placeholder, from left to right. */
  const scan = (text: string): readonly string[] | Mismatch => {
    if (captures.length === 0) return text === lead ? [] : new Mismatch(quote(lead), text);
    if (!text.startsWith(lead)) return new Mismatch(noLead, text);
    if (!text.endsWith(tail)) return new Mismatch(noTail, text);
    const boundary = rest === -1 ? 0 : afterSlashes(text, headSlashes);
    if (boundary === -1) return new Mismatch(noRest, text);
    const texts = new Array<string>(captures.length);
    let right = text.length - tail.length;
    for (let index = captures.length - 1; index >= 0; index--) {
      const { placeholder, before, missing, expected } = captures[index] as Capture;
      let left = before.length;
      if (placeholder.rest) left = boundary;
      else if (index > 0) left += text.lastIndexOf(before, right - 1 - before.length);
      const found = text.slice(left, right);
      if (!text.startsWith(before, left - before.length)) return new Mismatch(missing, text.slice(0, right));
      if (!accepts(placeholder, found)) return new Mismatch(expected, found);
      texts[index] = found;
      right = left - before.length;
    }
    return texts;
  };

  const match = (text: string): Values | Mismatch => {
    const texts = scan(text);
    if (texts instanceof Mismatch) return texts;
    for (const { placeholder, index, owner } of checks) {
      const expected = textOf(placeholder, texts[owner] as string);
      const found = texts[index] as string;
      if (expected !== found) return new Mismatch(`${quote(expected)} for ${placeholder.source}`, found);
    }
    const values = new Map<string, string>();
    for (const [name, index] of owners) values.set(name, texts[index] as string);
    return values;
  };

  const format = (values: Values): string | Mismatch => {
    let text = '';
    const written: string[] = [];
    for (const { placeholder, before } of captures) {
      const value = values.get(placeholder.name);
      if (value === undefined) return new Mismatch(`a value for ${placeholder.source}`, '');
      const piece = textOf(placeholder, value);
      written.push(piece);
      text += before + piece;
    }
    text += tail;
    const read = scan(text);
    if (read instanceof Mismatch) return read;
    const index = written.findIndex((piece, position) => piece !== read[position]);
    if (index === -1) return text;
    const { source: lost } = placeholders[index] as Placeholder;
    return new Mismatch(`a text that gives ${lost} back as ${quote(written[index] as string)}`, text);
  };

  return { source, placeholders, names: new Set(owners.keys()), shape: shapeOf(tokens), match, format };
};

/** A placeholder and the literal before it, which tells where its text begins. */
interface Capture {
  readonly placeholder: Placeholder;
  readonly before: string;
  /** What a Mismatch says when the literal, or a fitting text, is not there. */
  readonly missing: string;
  readonly expected: string;
}

const readCaptures = (tokens: readonly Token[]): readonly Capture[] =>
  tokens.flatMap((token, index) => {
    if (typeof token === 'string') return [];
    const literal = tokens[index - 1];
    const before = typeof literal === 'string' ? literal : '';
    const missing = `${quote(before)} before ${token.source}`;
    return [{ placeholder: token, before, missing, expected: expectation(token) }];
  });

/** Just behind the slash number `count`; -1 where there are fewer. */
const afterSlashes = (text: string, count: number): number => {
  let at = 0;
  for (let slash = 0; slash < count; slash++) {
    at = text.indexOf('/', at) + 1;
    if (at === 0) return -1;
  }
  return at;
};

const shapeOf = (tokens: readonly Token[]): string => {
  const numbers = new Map<string, number>();
  return JSON.stringify(
    tokens.map((token) => {
      if (typeof token === 'string') return token;
      const { name, rest, slice, kind } = token;
      if (!numbers.has(name)) numbers.set(name, numbers.size);
      return [numbers.get(name), rest, slice, kind?.expected];
    }),
  );
};
