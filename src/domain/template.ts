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
  const placeholders = tokens.filter((token) => typeof token === 'object');
  const names = new Set(placeholders.filter(isWhole).map(({ name }) => name));

  // What stands before a {name+} has a known number of segments, and ends with a slash.
  const restIndex = tokens.findIndex((token) => typeof token === 'object' && token.rest);
  const head = tokens.slice(0, Math.max(restIndex, 0));
  const tail = tokens.slice(head.length);
  const headSlashes =
    head
      .filter((token) => typeof token === 'string')
      .join('')
      .split('/').length - 1;

  /** The text of each placeholder, from left to right. */
  const scan = (text: string): string[] | Mismatch => {
    const boundary = afterSlashes(text, headSlashes);
    if (boundary === -1) return new Mismatch(`more than ${headSlashes} segments`, text);
    const captures: string[] = [];
    return (
      scanLeftwards(tail, text, boundary, text.length, captures) ??
      scanLeftwards(head, text, 0, boundary, captures) ??
      captures.reverse()
    );
  };

  const match = (text: string): Values | Mismatch => {
    const captures = scan(text);
    if (captures instanceof Mismatch) return captures;
    const values = new Map<string, string>();
    placeholders.forEach((placeholder, index) => {
      if (isWhole(placeholder) && !values.has(placeholder.name))
        values.set(placeholder.name, captures[index] as string);
    });
    for (const [index, placeholder] of placeholders.entries()) {
      const value = values.get(placeholder.name);
      const found = captures[index] as string;
      if (value !== undefined && textOf(placeholder, value) !== found) {
        return new Mismatch(`${quote(textOf(placeholder, value))} for ${placeholder.source}`, found);
      }
    }
    return values;
  };

  const format = (values: Values): string | Mismatch => {
    let text = '';
    const written: string[] = [];
    for (const token of tokens) {
      if (typeof token === 'string') {
        text += token;
        continue;
      }
      const value = values.get(token.name);
      if (value === undefined) return new Mismatch(`a value for ${token.source}`, '');
      const piece = textOf(token, value);
      written.push(piece);
      text += piece;
    }
    const read = scan(text);
    if (read instanceof Mismatch) return read;
    const index = written.findIndex((piece, position) => piece !== read[position]);
    if (index === -1) return text;
    const { source: lost } = placeholders[index] as Placeholder;
    return new Mismatch(`a text that gives ${lost} back as ${quote(written[index] as string)}`, text);
  };

  return { source, placeholders, names, shape: shapeOf(tokens), match, format };
};

const isWhole = ({ slice }: Placeholder): boolean => slice === undefined;

/** Just behind the slash number `count`; -1 where there are fewer. */
const afterSlashes = (text: string, count: number): number => {
  let at = 0;
  for (let slash = 0; slash < count; slash++) {
    at = text.indexOf('/', at) + 1;
    if (at === 0) return -1;
  }
  return at;
};

/** Reads `text` from `end` back to `start`, and adds the placeholders' texts to `captures`, the last one first. */
const scanLeftwards = (
  tokens: readonly Token[],
  text: string,
  start: number,
  end: number,
  captures: string[],
): Mismatch | undefined => {
  let right = end;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index] as Token;
    if (typeof token === 'string') {
      // The first literal is tied to the start; one before a placeholder was found with it.
      const left = right - token.length;
      if (left < start || !text.startsWith(token, left))
        return new Mismatch(`${quote(token)} at the end`, text.slice(start, right));
      right = left;
      continue;
    }
    const literal = tokens[index - 1] as string | undefined;
    let left = start;
    if (literal !== undefined) {
      const at = index === 1 ? start : text.lastIndexOf(literal, right - 1 - literal.length);
      if (at < start || !text.startsWith(literal, at)) {
        return new Mismatch(`${quote(literal)} before ${token.source}`, text.slice(start, right));
      }
      left = at + literal.length;
    }
    const captured = text.slice(left, right);
    if (!accepts(token, captured)) return new Mismatch(expectation(token), captured);
    captures.push(captured);
    right = left;
    if (literal !== undefined) {
      right -= literal.length;
      index--;
    }
  }
  return right === start ? undefined : new Mismatch('nothing more', text.slice(start, right));
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
