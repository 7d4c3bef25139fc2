import { ImageError, quote } from '../errors.ts';
import { KINDS, type Placeholder, type Slice } from './placeholder.ts';

/** A literal text, or a placeholder. Two literals, or two placeholders, never follow each other. */
export type Token = string | Placeholder;

/**
 * Reads a template of the mapping language.
 *
 * @throws ImageError `invalid-mapping`: the column (from 1), what is wrong there, and the mend.
 */
export const parseTokens = (source: string): readonly Token[] => {
  if (source === '') throw fault(0, 'the template is empty', 'write at least one segment, such as {path+}');
  const tokens: Token[] = [];
  // The template with each placeholder as one "x", and the column of each character: shows its segments.
  let outline = '';
  const columns: number[] = [];
  let hasRest = false;

  const addLiteral = (character: string, column: number) => {
    const last = tokens.at(-1);
    if (typeof last === 'string') tokens[tokens.length - 1] = last + character;
    else tokens.push(character);
    outline += character;
    columns.push(column);
  };

  const addPlaceholder = (placeholder: Placeholder, column: number) => {
    const last = tokens.at(-1);
    if (typeof last === 'object') {
      throw fault(
        column,
        `${last.source} and ${placeholder.source} stand side by side, so no text tells where one ends`,
        'put a literal between them',
      );
    }
    if (placeholder.rest) {
      if (hasRest)
        throw fault(column, `${placeholder.source} is the second {name+}`, 'keep one; use {name} for the other');
      if (outline !== '' && !outline.endsWith('/')) {
        throw fault(
          column,
          `${placeholder.source} takes whole segments, but starts inside one`,
          'put a slash before it',
        );
      }
      hasRest = true;
    }
    tokens.push(placeholder);
    outline += 'x';
    columns.push(column);
  };

  for (let at = 0; at < source.length; ) {
    const character = source.charAt(at);
    const doubled = source.charAt(at + 1) === character;
    if ((character === '{' || character === '}') && doubled) {
      addLiteral(character, at);
      at += 2;
    } else if (character === '}') {
      throw fault(at, 'a "}" closes nothing', 'write }} for a literal brace');
    } else if (character === '{') {
      const placeholder = parsePlaceholder(source, at);
      addPlaceholder(placeholder, at);
      at += placeholder.source.length;
    } else {
      addLiteral(character, at);
      at += 1;
    }
  }
  checkOutline(outline, columns);
  return tokens;
};

const fault = (index: number, wrong: string, mend: string): ImageError =>
  new ImageError('invalid-mapping', `column ${index + 1}: ${wrong}; ${mend}`);

const PLACEHOLDER = /^\{([A-Za-z][A-Za-z0-9_]*)(\+?)(\[(-?\d+)?:(-?\d+)?\])?(?::([^}]*))?\}$/;

const parsePlaceholder = (source: string, at: number): Placeholder => {
  const close = source.indexOf('}', at);
  if (close === -1) throw fault(at, 'a "{" is never closed', 'close it with }, or write {{ for a literal brace');
  const text = source.slice(at, close + 1);
  const [, name, plus, brackets, start, end, kindName] = PLACEHOLDER.exec(text) ?? [];
  if (name === undefined) {
    throw fault(
      at,
      `${text} is no placeholder`,
      'write {name}, {name+}, {name:kind} or {name[start:end]}, or {{ for a literal brace',
    );
  }
  const rest = plus === '+';
  const slice = brackets === undefined ? undefined : parseSlice(start, end);
  if (slice !== undefined && isAlwaysEmpty(slice)) {
    throw fault(at, `${text} is a slice that is always empty`, 'let it end behind its start');
  }
  if ([rest, slice !== undefined, kindName !== undefined].filter(Boolean).length > 1) {
    throw fault(
      at,
      `${text} mixes "+", a slice and a kind`,
      'keep one of them; give a kind where the name stands whole',
    );
  }
  const kind = kindName === undefined ? undefined : KINDS.get(kindName);
  if (kindName !== undefined && kind === undefined) {
    throw fault(at, `${text} names no kind`, `use one of ${[...KINDS.keys()].join(', ')}`);
  }
  return { source: text, index: at, name, rest, slice, kind };
};

const parseSlice = (start: string | undefined, end: string | undefined): Slice => ({
  start: Number(start ?? 0),
  end: end === undefined ? undefined : Number(end),
});

/** Ends of different signs meet or not, depending on the length of the text. */
const isAlwaysEmpty = ({ start, end }: Slice): boolean =>
  end !== undefined && (end === 0 || (start < 0 === end < 0 && start >= end));

/** No path and no key has such segments or characters, so a template that has them matches nothing. */
const checkOutline = (outline: string, columns: readonly number[]): void => {
  const wrong = UNMATCHABLE.exec(outline);
  if (wrong === null) return;
  const piece = wrong[0];
  const index = columns[wrong.index] as number;
  if (piece.includes('.')) throw fault(index, 'no path and no key has a "." or ".." segment', 'remove it');
  if (piece.includes('/')) {
    throw fault(
      index,
      'an empty segment matches nothing',
      'remove the slash: templates have none at their ends, nor two in a row',
    );
  }
  throw fault(index, `the character ${quote(piece)} is in no path and no key`, 'remove it');
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNMATCHABLE = /(?:^|\/)\.{0,2}(?:\/|$)|[\u0000-\u001f\u007f]|\p{Surrogate}/u;
