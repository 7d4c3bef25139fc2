/**
 * Paths that probably map to a key but have no image, best first. The digits of a path are replaced everywhere in the
 * same way, so that a path that repeats parts of an ID, such as `/67/28/67286576.jpeg`, still matches its route.
 */
export const missingPaths = (sample: string): readonly string[] => {
  const { folder, stem, extension } = split(sample);
  const shiftAll = [3, 7, 4].map((shift) => `${shiftDigits(folder, shift)}${shiftDigits(stem, shift)}${extension}`);
  const shiftLast = [3, 7].map((shift) => `${folder}${shiftDigits(stem, shift)}${extension}`);
  const candidates = [...shiftAll, ...shiftLast, `${folder}${stem}-missing${extension}`];
  return [...new Set(candidates)].filter((path) => path !== sample);
};

/** A path with an encoded slash inside a segment, which is never an image path. */
export const invalidPath = (sample: string): string => {
  const { folder, stem, extension } = split(sample);
  return `${folder}${stem}%2F${stem}${extension}`;
};

const split = (path: string): { readonly folder: string; readonly stem: string; readonly extension: string } => {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const name = path.slice(folder.length);
  const dot = name.lastIndexOf('.');
  return dot <= 0
    ? { folder, stem: name, extension: '' }
    : { folder, stem: name.slice(0, dot), extension: name.slice(dot) };
};

/** Percent escapes stay as they are. */
const shiftDigits = (text: string, shift: number): string =>
  text.replace(/%[0-9a-f]{2}|\d/gi, (found) => (found.length > 1 ? found : String((Number(found) + shift) % 10)));
