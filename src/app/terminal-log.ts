import type { Writable } from 'node:stream';
import pretty from 'pino-pretty';
import { createPinoRequestLog, type PinoRequestLogOptions } from '../adapters/pino/request-log.ts';
import type { RequestLog } from '../adapters/request-log.ts';

export interface TerminalLogOptions extends Omit<PinoRequestLogOptions, 'destination' | 'shortLines'> {
  readonly colors: boolean;
  /** Default: standard output. */
  readonly destination?: Writable;
}

/**
 * A request log for people: one line per request, and the message and causes of an error below it. It reads the JSON lines
 * of the pino log, so both have the same levels and fields. It writes synchronously, and no line below its level.
 */
export const createTerminalLog = ({ level, environment, colors, destination }: TerminalLogOptions): RequestLog =>
  createPinoRequestLog({
    level,
    environment,
    shortLines: false,
    destination: pretty({
      sync: true,
      destination: destination ?? STANDARD_OUTPUT,
      colorize: colors,
      // pino-pretty makes messages cyan by default.
      customColors: 'message:reset',
      // `formatRequest` prints everything itself.
      ignore: 'time,level',
      hideObject: true,
      messageFormat: (line, _messageKey, _levelLabel, { colors: paint }) =>
        formatRequest(line as unknown as RequestLine, paint),
    }),
  });

const STANDARD_OUTPUT = 1;

/** The fields of a log line that are printed. */
interface RequestLine {
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code?: string;
  readonly bytes: number;
  readonly resumes?: number;
  /** Milliseconds by phase. The phases follow each other. */
  readonly ms: Readonly<Record<string, number>>;
  readonly level: number;
  readonly err?: ErrorFields;
}

interface ErrorFields {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
}

type Paint = Readonly<Record<'gray' | 'green' | 'yellow' | 'red', (text: string) => string>>;

const formatRequest = (line: RequestLine, paint: Paint): string => {
  const { time, method, path, status, code, bytes, resumes, ms, level, err } = line;
  const paintResult = level >= ERROR_LEVEL ? paint.red : status >= 400 ? paint.yellow : paint.green;
  const phases = Object.entries(ms).map(([phase, duration]) => `${phase} ${duration.toFixed(1)}`);
  const total = Object.values(ms).reduce((sum, duration) => sum + duration, 0);
  const request = [
    paint.gray(formatTime(time)),
    method,
    escapeControls(path),
    paintResult(code === undefined ? String(status) : `${status} ${code}`),
    `${formatCount(bytes, 'byte')} in ${total.toFixed(1)} ms`,
    ...(phases.length === 0 ? [] : [paint.gray(`(${phases.join(', ')})`)]),
    ...(resumes === undefined ? [] : [paint.yellow(`resumed ${formatCount(resumes, 'time')}`)]),
  ].join(' ');
  return [request, ...(err === undefined ? [] : formatError(err, paintResult, paint))].join('\n');
};

/** https://getpino.io/#/docs/api?id=loggerlevels-object */
const ERROR_LEVEL = 50;

/** Local time: 12:30:05. */
const formatTime = (time: string): string => new Date(time).toTimeString().slice(0, 8);

const formatCount = (count: number, unit: string): string =>
  `${count.toLocaleString('en-US')} ${unit}${count === 1 ? '' : 's'}`;

/** The message of the error and of each cause, then the stack frames of the last cause. */
const formatError = (error: ErrorFields, paintMessage: (text: string) => string, paint: Paint): readonly string[] => {
  const lines: string[] = [];
  let last = error;
  for (let next: ErrorFields | undefined = error; next !== undefined; next = next.cause) {
    const message = indent(`${next === error ? '' : 'cause: '}${next.name}: ${next.message}`);
    lines.push(...message.map((line) => paintMessage(line)));
    last = next;
  }
  const frames = last.stack?.split('\n').filter((line) => /^ +at /.test(line)) ?? [];
  return [...lines, ...frames.map((frame) => paint.gray(escapeControls(frame)))];
};

const indent = (message: string): readonly string[] => message.split('\n').map((line) => `  ${escapeControls(line)}`);

/** Escapes control characters: a key or a message of S3 must not move the cursor or recolour the terminal. */
const escapeControls = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
