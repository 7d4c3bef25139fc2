import { IMAGE_EXTENSIONS, isImageExtension } from './media-type.ts';

/** One placeholder of a template: the place of a name's value, of a slice of it, or of whole segments of a path. */
export interface Placeholder {
  /** As it was written, braces included. */
  readonly source: string;
  /** Where it begins in its template, from 0. */
  readonly index: number;
  readonly name: string;
  /** `{name+}`: takes one or more whole segments. */
  readonly rest: boolean;
  readonly slice: Slice | undefined;
  readonly kind: Kind | undefined;
}

/** With the meaning of `String.prototype.slice`. */
export interface Slice {
  readonly start: number;
  readonly end: number | undefined;
}

/** What a placeholder's text may be, instead of one or more characters of one segment: no kind takes a slash. */
export interface Kind {
  /** As in `expected digits`. */
  readonly expected: string;
  accepts(text: string): boolean;
}

/** The kinds of `{name:kind}`. */
export const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['digits', { expected: 'digits', accepts: (text) => /^[0-9]+$/.test(text) }],
  ['hex', { expected: 'lower-case hexadecimal digits', accepts: (text) => /^[0-9a-f]+$/.test(text) }],
  ['alnum', { expected: 'ASCII letters and digits', accepts: (text) => /^[0-9A-Za-z]+$/.test(text) }],
  ['image', { expected: `an image extension (${IMAGE_EXTENSIONS.join(', ')})`, accepts: isImageExtension }],
]);

/** Whether `text` can stand where the placeholder does, as far as the placeholder alone can tell. */
export const accepts = (placeholder: Placeholder, text: string): boolean => {
  if (text === '') return false;
  if (placeholder.kind !== undefined) return placeholder.kind.accepts(text);
  return placeholder.rest ? isSegments(text) : !text.includes('/');
};

const isSegments = (text: string): boolean => !(text.startsWith('/') || text.endsWith('/') || text.includes('//'));

/** What `accepts` asks for, as the object of "expected". */
export const expectation = ({ source, rest, kind }: Placeholder): string => {
  if (rest) return `one or more whole segments for ${source}`;
  return `${kind?.expected ?? 'one or more characters of one segment'} for ${source}`;
};

/** The text that the placeholder stands for when its name has `value`. */
export const textOf = ({ slice }: Placeholder, value: string): string =>
  slice === undefined ? value : value.slice(slice.start, slice.end);
