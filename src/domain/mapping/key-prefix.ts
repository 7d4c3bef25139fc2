import { endOfAllowed, type Placeholder, textOf } from './placeholder.ts';
import { type CompiledTemplate, indexAfterSlashes } from './template.ts';

/**
 * The text that starts the key (without the folder of the mapping) of every path that starts with `prefix`, as far as
 * it is certain; undefined if no path with the prefix matches. Both templates belong to a route that drops no names.
 *
 * With the path `{id[0:2]}/{id[2:4]}/{id}.{ext}` and the prefix `67/28/67286.5`, the slices are complete because a slash
 * follows. The id is not: in `67/28/67286.576.jpg` the last dot separates the extension. So the id starts with `67286`,
 * and the key `partners/{id}/{ext}` starts with `partners/67286`.
 */
export const keyPrefixOf = (path: CompiledTemplate, key: CompiledTemplate, prefix: string): string | undefined => {
  const { parts, leadingLiteral } = path;
  if (parts.length === 0) return leadingLiteral.startsWith(prefix) ? key.trailingLiteral : undefined;
  const spans = fits(prefix, leadingLiteral, 0) ? findSpans(path, prefix) : undefined;
  if (spans === undefined) return undefined;
  const values = new Map<string, CertainText>();
  for (const name of path.names) {
    const value = joinSpans(spans.filter(({ placeholder, isStartKnown }) => placeholder.name === name && isStartKnown));
    if (value === undefined) return undefined;
    values.set(name, value);
  }
  let written = '';
  for (const [index, { literal, placeholder }] of key.parts.entries()) {
    const { text, isComplete } = certainTextOf(placeholder, values.get(placeholder.name) as CertainText);
    written += literal;
    if (!isComplete) {
      const copied = copiedText(path, spans, key, index, prefix);
      // Stryker disable next-line EqualityOperator: equivalent, texts of the same length are equal
      return written + (copied.length > text.length ? copied : text);
    }
    written += text;
  }
  return written + key.trailingLiteral;
};

/** The start of a text, or all of it. */
interface CertainText {
  readonly text: string;
  readonly isComplete: boolean;
}

/** The text of one placeholder, as far as it is known from a prefix. */
interface Span extends CertainText {
  readonly placeholder: Placeholder;
  /** Whether the text starts at `start`, whatever follows the prefix. Otherwise, `text` means nothing. */
  readonly isStartKnown: boolean;
  readonly start: number;
  /** The text does not end before this index. */
  readonly end: number;
}

/** The spans of the placeholders, from left to right; undefined if no text with the prefix matches. */
const findSpans = (template: CompiledTemplate, prefix: string): readonly Span[] | undefined => {
  const ends = earliestEnds(template, prefix);
  const spans: Span[] = [];
  let start = template.leadingLiteral.length;
  let isStartKnown = true;
  for (const [index, { placeholder }] of template.parts.entries()) {
    const literal = literalAfter(template, index);
    const end = firstFit(prefix, literal, Math.max(ends[index] as number, start + 1));
    // The text ends at the first character that the placeholder does not allow, or before it.
    const limit: number = isStartKnown ? endOfAllowed(placeholder, prefix, start) : prefix.length;
    const isLimited = limit < prefix.length;
    if (isLimited && end > limit) return undefined;
    // Stryker disable next-line EqualityOperator: equivalent, no literal starts with allowed and with other characters
    const isComplete = isLimited && firstFit(prefix, literal, end + 1) > limit;
    spans.push({ placeholder, isStartKnown, start, end, text: prefix.slice(start, end), isComplete });
    start = end + literal.length;
    isStartKnown = isComplete;
  }
  return spans;
};

/**
 * For each placeholder, an index before which its text does not end, whatever follows the prefix. `matchTemplate` splits
 * a text from right to left, and takes the last of the literals that it finds. In a longer text, that is the same one or
 * a later one.
 */
const earliestEnds = (template: CompiledTemplate, prefix: string): readonly number[] => {
  const { parts, trailingLiteral } = template;
  const slashes = slashesBefore(template);
  // Stryker disable next-line ArrayDeclaration: equivalent, the loop sets every element
  const ends: number[] = [];
  let right = firstFit(prefix, trailingLiteral, Math.max(0, prefix.length - trailingLiteral.length));
  for (const [index, { literal, placeholder }] of [...parts.entries()].reverse()) {
    ends[index] = right;
    const count = slashes[index];
    right =
      count === undefined
        ? earliestLiteral(placeholder, literal, prefix, right)
        : earliestSlash(count, literal, prefix);
  }
  return ends;
};

/** The first index at which the literal in front of a placeholder may be, if its text does not end before `right`. */
const earliestLiteral = (placeholder: Placeholder, literal: string, prefix: string, right: number): number => {
  const left = prefix.lastIndexOf(literal, right - 1 - literal.length);
  const isPossible = left !== -1 && endOfAllowed(placeholder, prefix, left + literal.length) >= right;
  return isPossible ? left : firstFit(prefix, literal, Math.max(0, right - literal.length));
};

/** The first index at which the literal may be whose last slash is number `count`. */
const earliestSlash = (count: number, literal: string, prefix: string): number => {
  const offset = literal.lastIndexOf('/');
  const after = indexAfterSlashes(prefix, count);
  return after === -1 ? firstFit(prefix, literal, Math.max(0, prefix.length - offset)) : after - 1 - offset;
};

/**
 * For each part, the number of slashes up to the last slash of its literal. Undefined for a literal without a slash, and
 * behind `{name+}`, where that number is not fixed.
 */
const slashesBefore = ({ parts }: CompiledTemplate): readonly (number | undefined)[] => {
  let count = 0;
  let isFixed = true;
  return parts.map(({ literal, placeholder }) => {
    count += literal.split('/').length - 1;
    const slashes = isFixed && literal.includes('/') ? count : undefined;
    isFixed &&= !placeholder.multiSegment;
    return slashes;
  });
};

const literalAfter = ({ parts, trailingLiteral }: CompiledTemplate, index: number): string =>
  parts[index + 1]?.literal ?? trailingLiteral;

/** The first index, from `from`, at which the literal may be in a text that starts with `prefix`. */
const firstFit = (prefix: string, literal: string, from: number): number => {
  const found = prefix.indexOf(literal, from);
  if (found !== -1) return found;
  // Stryker disable next-line ArithmeticOperator: equivalent, an earlier start only takes longer
  let index = Math.max(from, prefix.length - literal.length + 1);
  while (!fits(prefix, literal, index)) index += 1;
  return index;
};

/** Whether the literal may be at `index` of a text that starts with `prefix`. */
const fits = (prefix: string, literal: string, index: number): boolean =>
  prefix.startsWith(literal, index) || literal.startsWith(prefix.slice(index));

/** The value that all of the spans belong to, as far as it is certain; undefined if they contradict each other. */
const joinSpans = (spans: readonly Span[]): CertainText | undefined => {
  let text = '';
  let isComplete = false;
  // A slice that counts from the end tells nothing about the start of the value.
  const ordered = spans.filter((span) => offsetOf(span) >= 0).sort((one, other) => offsetOf(one) - offsetOf(other));
  for (const span of ordered) {
    const offset = offsetOf(span);
    if (offset > text.length) break;
    const overlap = text.slice(offset);
    if (!overlap.startsWith(span.text)) {
      if (!span.text.startsWith(overlap)) return undefined;
      text = text.slice(0, offset) + span.text;
    }
    isComplete ||= isEndOfValue(span);
  }
  const agree = spans.every((span) => {
    const expected = textOf(span.placeholder, text);
    return span.isComplete ? expected === span.text : expected.startsWith(span.text);
  });
  return isComplete && !agree ? undefined : { text, isComplete };
};

const offsetOf = ({ placeholder: { slice } }: Span): number => slice?.start ?? 0;

/** Whether the text of the span ends where the value ends. */
const isEndOfValue = ({ placeholder: { slice }, text, isComplete }: Span): boolean =>
  isComplete && (slice?.end === undefined || text.length < slice.end - slice.start);

/** The text of a placeholder, as far as the value of its name is certain. */
const certainTextOf = (placeholder: Placeholder, { text, isComplete }: CertainText): CertainText => {
  const { slice } = placeholder;
  if (isComplete || slice === undefined) return { text: textOf(placeholder, text), isComplete };
  if (slice.start < 0) return { text: '', isComplete };
  const { end = 0 } = slice;
  return { text: textOf(placeholder, text), isComplete: end > 0 && end <= text.length };
};

/**
 * The certain text of a key from placeholder `keyIndex`, if the path has that placeholder too. Where both templates
 * continue alike, so do the texts: the key `archive/{path+}.{ext}` of the path `{path+}.{ext}` ends with the whole path,
 * although no prefix tells which dot separates the extension.
 */
const copiedText = (
  path: CompiledTemplate,
  spans: readonly Span[],
  key: CompiledTemplate,
  keyIndex: number,
  prefix: string,
): string => {
  const isSame = (pathIndex: number, index: number) =>
    isSameText(path.parts[pathIndex]?.placeholder, key.parts[index]?.placeholder);
  const first = spans.findIndex(({ isStartKnown }, index) => isStartKnown && isSame(index, keyIndex));
  if (first === -1) return '';
  let last = first;
  while (
    literalAfter(path, last) === literalAfter(key, keyIndex + last - first) &&
    isSame(last + 1, keyIndex + last - first + 1)
  ) {
    last += 1;
  }
  return prefix.slice((spans[first] as Span).start, (spans[last] as Span).end);
};

const isSameText = (one: Placeholder | undefined, other: Placeholder | undefined): boolean =>
  one !== undefined &&
  one.name === other?.name &&
  one.slice?.start === other.slice?.start &&
  one.slice?.end === other.slice?.end;
