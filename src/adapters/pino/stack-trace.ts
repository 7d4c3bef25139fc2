import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/**
 * The stack of an error. If the code is a bundle with a source map next to it, the frames name the source files and
 * lines; otherwise they stay as they are.
 *
 * `--enable-source-maps` does the same, but Node.js then decodes the map, almost a megabyte, at every cold start. This
 * function reads the map once, when the first error is logged.
 */
export const sourceStack = ({ stack, message }: Error): string | undefined => {
  if (stack === undefined) return undefined;
  // The message precedes the frames. It can contain text that looks like a frame, and must stay as it is.
  const frames = Math.max(stack.indexOf(message), 0) + message.length;
  return stack.slice(0, frames) + stack.slice(frames).replace(FRAME, toSourceFrame);
};

/** A frame of a bundle, such as `    at name (/var/task/index.js:1:2)`. */
const FRAME = /^( +at (?:[^\n]* \()?)(\/[^\n:()]+):(\d+):(\d+)/gm;

const toSourceFrame = (frame: string, start: string, file: string, line: string, column: string): string => {
  const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
  return origin === undefined || !('fileName' in origin)
    ? frame
    : `${start}${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`;
};

const mapOf = (file: string): SourceMap | undefined => {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
};

/** Source maps by bundle file. Undefined for a file that has no readable map. */
const maps = new Map<string, SourceMap | undefined>();

const readMap = (path: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
};
