import { ImageError, quote } from '../errors.ts';
import { isKindName, KINDS, type Placeholder, type Slice } from './placeholder.ts';

/** A literal text or a placeholder. Neighbours are of different types: literals are merged, placeholders separated. */
export type Token = string | Placeholder;

/**
 * Parses a template of the mapping language.
 *
 * @throws ImageError `invalid-mapping`: the column (from 1), what is wrong there, and how to fix it.
 */
export const parseTokens = (source: string): readonly Token[] => {
  if (source === '') throw fault(0, 'the template is empty', 'write at least one segment, such as {path+}');
  const tokens: Token[] = [];
  // The template with each placeholder as one "x", to check its segments, and the index of each of these characters.
  let outline = '';
  const indexes: number[] = [];
  let hasMultiSegment = false;

  const addLiteral = (character: string, index: number) => {
    const last = tokens.at(-1);
    if (typeof last === 'string') tokens[tokens.length - 1] = last + character;
    else tokens.push(character);
    outline += character;
    indexes.push(index);
  };

  const addPlaceholder = (placeholder: Placeholder) => {
    const { source: written, index, multiSegment } = placeholder;
    const last = tokens.at(-1);
    if (typeof last === 'object') {
      throw fault(
        index,
        `${last.source} and ${written} are adjacent, so the end of ${last.source} is ambiguous`,
        'put a literal between them',
      );
    }
    if (multiSegment) {
      if (hasMultiSegment) {
        throw fault(
          index,
          `${written} is the second {name+}, but a template can have only one`,
          'write {name} for one of them',
        );
      }
      if (outline !== '' && !outline.endsWith('/')) {
        throw fault(index, `${written} matches whole segments but starts inside one`, 'put a slash in front of it');
      }
      hasMultiSegment = true;
    }
    tokens.push(placeholder);
    outline += 'x';
    indexes.push(index);
  };

  // Stryker disable next-line EqualityOperator: equivalent, one more step adds an empty literal
  for (let index = 0; index < source.length; ) {
    const character = source.charAt(index);
    const isDoubled = source.charAt(index + 1) === character;
    if ((character === '{' || character === '}') && isDoubled) {
      addLiteral(character, index);
      index += 2;
    } else if (character === '}') {
      throw fault(index, 'a "}" has no opening "{"', 'write }} for a literal brace');
    } else if (character === '{') {
      const placeholder = parsePlaceholder(source, index);
      addPlaceholder(placeholder);
      index += placeholder.source.length;
    } else {
      addLiteral(character, index);
      index += 1;
    }
  }
  checkOutline(outline, indexes);
  return tokens;
};

const fault = (index: number, wrong: string, fix: string): ImageError =>
  new ImageError('invalid-mapping', `column ${index + 1}: ${wrong}; ${fix}`);

// Needs no $: the text ends at its first brace.
const PLACEHOLDER = /^\{([A-Za-z][A-Za-z0-9_]*)(\+?)(\[(-?\d+)?:(-?\d+)?\])?(?::([^}]*))?\}/;

const parsePlaceholder = (source: string, index: number): Placeholder => {
  const close = source.indexOf('}', index);
  if (close === -1) throw fault(index, 'a "{" is never closed', 'close it with }, or write {{ for a literal brace');
  const text = source.slice(index, close + 1);
  // Stryker disable next-line ArrayDeclaration: equivalent, the first element is not read
  const [, name, plus, brackets, start, end, kindName] = PLACEHOLDER.exec(text) ?? [];
  if (name === undefined) {
    throw fault(
      index,
      `${text} is not a placeholder`,
      'write {name}, {name+}, {name:kind} or {name[start:end]}, or {{ for a literal brace',
    );
  }
  const multiSegment = plus === '+';
  const slice = brackets === undefined ? undefined : parseSlice(start, end);
  if (slice !== undefined && isAlwaysEmpty(slice)) {
    throw fault(index, `the slice of ${text} is always empty`, 'make its end greater than its start');
  }
  if ([multiSegment, slice !== undefined, kindName !== undefined].filter(Boolean).length > 1) {
    throw fault(
      index,
      `${text} has more than one of "+", a slice and a kind`,
      'keep one of them, and write the kind on the placeholder without a slice',
    );
  }
  if (kindName !== undefined && !isKindName(kindName)) {
    throw fault(index, `the kind of ${text} does not exist`, `use one of ${Object.keys(KINDS).join(', ')}`);
  }
  const kind = kindName && KINDS[kindName];
  return { source: text, index, name, multiSegment, slice, kind };
};

const parseSlice = (start: string | undefined, end: string | undefined): Slice => ({
  start: Number(start ?? 0),
  end: end === undefined ? undefined : Number(end),
});

/** Only ends of the same sign can be compared: otherwise the length of the text decides. */
const isAlwaysEmpty = ({ start, end }: Slice): boolean => {
  // Stryker disable next-line ConditionalExpression: equivalent, comparisons with undefined are false
  if (end === undefined) return false;
  if (end === 0) return true;
  // Stryker disable next-line EqualityOperator: equivalent, the end is not 0
  const isEndNegative = end < 0;
  return start < 0 === isEndNegative && start >= end;
};

/** A template with segments or characters that paths and keys never have would never match. */
const checkOutline = (outline: string, indexes: readonly number[]): void => {
  const wrong = UNMATCHABLE.exec(outline);
  if (wrong === null) return;
  const piece = wrong[0];
  const index = indexes[wrong.index] as number;
  if (piece.includes('.')) throw fault(index, 'a "." or ".." segment never matches', 'remove it');
  if (piece.includes('/')) {
    throw fault(
      index,
      'an empty segment never matches',
      'remove the slash: a template must not start or end with a slash, or have two in a row',
    );
  }
  throw fault(index, `the character ${quote(piece)} never matches`, 'remove it');
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for them
const UNMATCHABLE = /(?:^|\/)\.{0,2}(?:\/|$)|[\u0000-\u001f\u007f]|\p{Surrogate}/u;
