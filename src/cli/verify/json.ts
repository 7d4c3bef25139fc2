import type { Buffer } from 'node:buffer';

/** Returns undefined if the text is not JSON. */
export const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The values of lines that end with a line feed (NDJSON). A line that is not JSON is undefined. */
export const readLines = (bytes: Buffer): readonly unknown[] =>
  bytes
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => readJson(line));

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
