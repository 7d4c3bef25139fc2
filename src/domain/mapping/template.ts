import { quote } from '../errors.ts';
import { accepts, expectation, type Placeholder, textOf } from './placeholder.ts';
import { parseTokens, type Token } from './template-syntax.ts';

/** The values of names, each at the place that its name has among those of the template. */
export type Values = readonly string[];

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
  /** The names that stand whole. */
  readonly names: readonly string[];
  /** The whole literal segments that every matching text begins with. */
  readonly head: readonly string[];
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
 * @param order The names in the order of their values. Default: that of the template. A key has the order of its path.
 * @throws ImageError `invalid-mapping`: the column, what is wrong there, and the mend.
 */
export const parseTemplate = (source: string, order?: readonly string[]): Template => {
  const tokens = parseTokens(source);
  const placeholders = tokens.filter((token) => typeof token !== 'string');
  const names = [...new Set(placeholders.filter(({ slice }) => slice === undefined).map(({ name }) => name))];
  const captures = readCaptures(tokens, order ?? names);
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
  const ownerOf = (name: string) => placeholders.findIndex((other) => other.name === name && other.slice === undefined);
  const owners = (order ?? names).map(ownerOf);
  const checks = placeholders.flatMap((placeholder, index) => {
    const owner = ownerOf(placeholder.name);
    return owner === -1 || owner === index ? [] : [{ placeholder, index, owner }];
  });

  /** Where the literal before a placeholder begins whose text ends at `right`; -1 where it is not. The first is the lead. */
  const find = (text: string, index: number, right: number): number => {
    const { placeholder, before } = captures[index] as Capture;
    if (placeholder.rest) {
      const at = afterSlashes(text, headSlashes) - before.length;
      return text.startsWith(before, at) ? at : -1;
    }
    return index === 0 ? 0 : text.lastIndexOf(before, right - 1 - before.length);
  };

  /** The text of each placeholder, from left to right. */
  const scan = (text: string): readonly string[] | Mismatch => {
    if (captures.length === 0) return text === lead ? [] : new Mismatch(quote(lead), text);
    if (!text.startsWith(lead)) return new Mismatch(noLead, text);
    if (!text.endsWith(tail)) return new Mismatch(noTail, text);
    if (rest !== -1 && afterSlashes(text, headSlashes) === -1) return new Mismatch(noRest, text);
    const texts = new Array<string>(captures.length);
    let right = text.length - tail.length;
    for (let index = captures.length - 1; index >= 0; index--) {
      const { placeholder, before, missing, expected } = captures[index] as Capture;
      const at = find(text, index, right);
      if (at === -1) return new Mismatch(missing, text.slice(0, right));
      const found = text.slice(at + before.length, right);
      if (!accepts(placeholder, found)) return new Mismatch(expected, found);
      texts[index] = found;
      right = at;
    }
    return texts;
  };

  /** Whether `scan` would give these pieces, of which the text was written: each literal is found where it stands. */
  const givesBack = (text: string, pieces: readonly string[]): boolean => {
    let right = text.length - tail.length;
    for (let index = captures.length - 1; index >= 0; index--) {
      const { placeholder, before } = captures[index] as Capture;
      const piece = pieces[index] as string;
      const at = right - piece.length - before.length;
      if (!accepts(placeholder, piece) || find(text, index, right) !== at) return false;
      right = at;
    }
    return true;
  };

  const match = (text: string): Values | Mismatch => {
    const texts = scan(text);
    if (texts instanceof Mismatch) return texts;
    for (const { placeholder, index, owner } of checks) {
      const expected = textOf(placeholder, texts[owner] as string);
      const found = texts[index] as string;
      if (expected !== found) return new Mismatch(`${quote(expected)} for ${placeholder.source}`, found);
    }
    return owners.map((owner) => texts[owner] ?? '');
  };

  const format = (values: Values): string | Mismatch => {
    let text = '';
    const written: string[] = [];
    for (const { placeholder, before, position } of captures) {
      const value = values[position];
      if (value === undefined) return new Mismatch(`a value for ${placeholder.source}`, '');
      const piece = textOf(placeholder, value);
      written.push(piece);
      text += before + piece;
    }
    text += tail;
    if (givesBack(text, written)) return text;
    const read = scan(text);
    if (read instanceof Mismatch) return read;
    const index = written.findIndex((piece, place) => piece !== read[place]);
    const { source: lost } = placeholders[index] as Placeholder;
    return new Mismatch(`a text that gives ${lost} back as ${quote(written[index] as string)}`, text);
  };

  // What comes before the first placeholder, but for the segment that it stands in.
  const head = lead.split('/').slice(0, captures.length === 0 ? undefined : -1);
  return { source, placeholders, names, head, shape: shapeOf(tokens), match, format };
};

/** A placeholder and the literal before it, which tells where its text begins. */
interface Capture {
  readonly placeholder: Placeholder;
  readonly before: string;
  /** Of its name's value among the values. */
  readonly position: number;
  /** What a Mismatch says when the literal, or a fitting text, is not there. */
  readonly missing: string;
  readonly expected: string;
}

const readCaptures = (tokens: readonly Token[], order: readonly string[]): readonly Capture[] =>
  tokens.flatMap((token, index) => {
    if (typeof token === 'string') return [];
    const literal = tokens[index - 1];
    const before = typeof literal === 'string' ? literal : '';
    const missing = `${quote(before)} before ${token.source}`;
    const position = order.indexOf(token.name);
    return [{ placeholder: token, before, position, missing, expected: expectation(token) }];
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
