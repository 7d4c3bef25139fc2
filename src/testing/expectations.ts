export const expectThat = (claim: string, holds: boolean, found: unknown): void => {
  if (!holds) throw failure(claim, format(found), 'this to be true');
};

/** Compares JSON data. Properties that are undefined count as absent. */
export const expectEqual = (what: string, found: unknown, expected: unknown): void => {
  if (format(found) !== format(expected)) throw failure(what, format(found), format(expected));
};

export const failure = (what: string, found: string, expected: string): Error =>
  new Error(`${what}: expected ${expected}, found ${found}`);

/** Returns JSON with properties sorted by name. */
const format = (value: unknown): string => String(JSON.stringify(value, sorted));

const sorted = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
