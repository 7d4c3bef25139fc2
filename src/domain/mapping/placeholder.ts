import { IMAGE_EXTENSIONS, isImageExtension } from './media-type.ts';

/** One placeholder of a template. It stands for the value of a name, or for a slice of that value. */
export interface Placeholder {
  /** The placeholder as written, braces included. */
  readonly source: string;
  /** Its position in the template, from 0. */
  readonly index: number;
  readonly name: string;
  /** `{name+}`: matches one or more whole segments. */
  readonly multiSegment: boolean;
  readonly slice: Slice | undefined;
  readonly kind: Kind | undefined;
}

/** The arguments of `String.prototype.slice`. */
export interface Slice {
  readonly start: number;
  readonly end: number | undefined;
}

export type KindName = 'digits' | 'hex' | 'alnum' | 'image';

/** Restricts the text of a placeholder. No kind accepts a slash or the empty text. */
export interface Kind {
  readonly name: KindName;
  /** The object of "expected" in messages. */
  readonly expected: string;
  accepts(text: string): boolean;
  /** Finds a character that no text of this kind contains. */
  readonly foreign: RegExp;
}

/** The kinds of `{name:kind}`. */
export const KINDS: { readonly [Name in KindName]: Kind & { readonly name: Name } } = {
  digits: { name: 'digits', expected: 'digits', accepts: (text) => /^[0-9]+$/.test(text), foreign: /[^0-9]/ },
  hex: {
    name: 'hex',
    expected: 'lower-case hexadecimal digits',
    accepts: (text) => /^[0-9a-f]+$/.test(text),
    foreign: /[^0-9a-f]/,
  },
  alnum: {
    name: 'alnum',
    expected: 'ASCII letters and digits',
    accepts: (text) => /^[0-9A-Za-z]+$/.test(text),
    foreign: /[^0-9A-Za-z]/,
  },
  image: {
    name: 'image',
    expected: `an image extension (${IMAGE_EXTENSIONS.join(', ')})`,
    accepts: isImageExtension,
    foreign: /\//,
  },
};

export const isKindName = (text: string): text is KindName => Object.hasOwn(KINDS, text);

/** Whether the placeholder alone accepts `text`. Other placeholders of the template may still exclude it. */
export const accepts = ({ kind, multiSegment }: Placeholder, text: string): boolean => {
  if (text === '') return false;
  if (kind !== undefined) return kind.accepts(text);
  return multiSegment ? isSegments(text) : !text.includes('/');
};

/** The index, from `start`, of the first character that no text of the placeholder contains, or of the end. */
export const endOfAllowed = ({ kind, multiSegment }: Placeholder, text: string, start: number): number => {
  const found = multiSegment ? -1 : text.slice(start).search(kind?.foreign ?? /\//);
  return found === -1 ? text.length : start + found;
};

const isSegments = (text: string): boolean => !(text.startsWith('/') || text.endsWith('/') || text.includes('//'));

/** The object of "expected" for a text that `accepts` refuses. */
export const expectation = ({ source, multiSegment, kind }: Placeholder): string => {
  if (multiSegment) return `one or more whole segments for ${source}`;
  return `${kind?.expected ?? 'one or more characters of one segment'} for ${source}`;
};

/** The text of the placeholder if its name has `value`. */
export const textOf = ({ slice }: Placeholder, value: string): string =>
  slice === undefined ? value : value.slice(slice.start, slice.end);
