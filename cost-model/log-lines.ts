import { createPinoRequestLog } from '../src/adapters/pino/request-log.ts';
import { QUOTAS } from './quotas.ts';

/** Bytes that CloudWatch Logs ingests for one request. */
export interface LogBytes {
  /** The line of the service and the lines that Lambda writes. */
  readonly function: number;
  readonly access: number;
}

/** Writes the log lines of an ordinary request and counts their bytes. `accessLog` is the log format of the stage. */
export const countLogBytes = (accessLog: Readonly<Record<string, string>>, memoryMb: number): LogBytes => ({
  function: sum([requestLine(), ...platformLines(memoryMb)]),
  access: sum([JSON.stringify(Object.fromEntries(Object.keys(accessLog).map((name) => [name, sampleOf(name)])))]),
});

const sum = (lines: readonly string[]): number =>
  lines.reduce((bytes, line) => bytes + Buffer.byteLength(line) + QUOTAS.logEvent.value, 0);

const REQUEST_ID = '8f5a3c1e-2b4d-4c6f-9a7b-0e1d2c3b4a59';
const EXTENDED_REQUEST_ID = 'c6AJ1H8hIAMFvZA=';
const TRACE_ID = '1-65a1b2c3-4d5e6f708192a3b4c5d6e7f8';
const API_KEY_ID = 'a1b2c3d4e5';
const PATH = 'partnerimages/67/28/67286576.jpeg';

const requestLine = (): string => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  createPinoRequestLog({ level: 'info', environment: 'prod', destination }).record({
    requestId: REQUEST_ID,
    extendedRequestId: EXTENDED_REQUEST_ID,
    awsRequestId: REQUEST_ID,
    traceId: TRACE_ID,
    apiKeyId: API_KEY_ID,
    method: 'GET',
    path: PATH,
    key: 'partners/67286576/original.jpeg',
    route: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
    status: 200,
    code: undefined,
    bytes: 1_048_576,
    resumes: 0,
    phases: { map: 0.061380999999528285, store: 112.04368100000283, send: 6.307560000001104 },
    coldStart: false,
    error: undefined,
  });
  return lines.join('').trimEnd();
};

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
const platformLines = (memoryMb: number): readonly string[] => [
  `START RequestId: ${REQUEST_ID} Version: $LATEST\n`,
  `END RequestId: ${REQUEST_ID}\n`,
  `REPORT RequestId: ${REQUEST_ID}\tDuration: 124.80 ms\tBilled Duration: 125 ms\tMemory Size: ${memoryMb} MB\tMax Memory Used: 128 MB\t\n` +
    `XRAY TraceId: ${TRACE_ID}\tSegmentId: 07f017d1ea8f4cf1\tSampled: true\t\n`,
];

const SAMPLES: Readonly<Record<string, string>> = {
  time: '22/Nov/2026:10:46:00 +0000',
  requestId: REQUEST_ID,
  extendedRequestId: EXTENDED_REQUEST_ID,
  integrationRequestId: REQUEST_ID,
  traceId: TRACE_ID,
  apiKeyId: API_KEY_ID,
  method: 'GET',
  path: `/prod/${PATH}`,
  status: '200',
  bytes: '1048576',
  latency: '131',
  integrationLatency: '128',
  integrationStatus: '200',
  integrationError: '-',
  responseTransferMode: 'STREAMED',
  timeToAllHeaders: '116',
  timeToFirstContent: '117',
  refusal: '-',
};

/** @throws Error if a field of the format has no sample, because the count would be too low. */
const sampleOf = (name: string): string => {
  const sample = SAMPLES[name];
  if (sample === undefined)
    throw new Error(
      `The access log has the field ${name}, but SAMPLES in cost-model/log-lines.ts does not. Add a sample.`,
    );
  return sample;
};
