import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/**
 * The stack of an error with the places of the sources, where what runs is a bundle with its map beside it; else as it is.
 *
 * `--enable-source-maps` does the same, but has Node.js read the map whenever the function starts: `npm run bench` shows
 * what that would cost. This reads it when something has failed, and once.
 */
export const traceSources = ({ stack, message }: Error): string | undefined => {
  if (stack === undefined) return undefined;
  // What others wrote comes first, and may look like a frame.
  const frames = Math.max(stack.indexOf(message), 0) + message.length;
  return stack.slice(0, frames) + stack.slice(frames).replace(FRAME, trace);
};

/** In a bundle: `    at name (/var/task/index.js:1:2)`. */
const FRAME = /^( +at (?:[^\n]* \()?)(\/[^\n:()]+):(\d+):(\d+)/gm;

const trace = (frame: string, at: string, file: string, line: string, column: string): string => {
  const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
  return origin === undefined || !('fileName' in origin)
    ? frame
    : `${at}${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`;
};

const mapOf = (file: string): SourceMap | undefined => {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
};

/** One for each file that code came from. */
const maps = new Map<string, SourceMap | undefined>();

const readMap = (path: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
};
