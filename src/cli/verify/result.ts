import { GATEWAY_PROBLEMS } from '../../contract/gateway-problems.ts';
import { PROBLEM_MEANINGS, type ProblemCode } from '../../contract/problem-meanings.ts';
import { formatProblem, type Problem, SERVICE_PROBLEMS } from '../../contract/problems.ts';
import type { Exchange } from './exchange.ts';
import { isRecord, readJson } from './json.ts';

/** Result of one check. The texts may contain text of the server, which is not yet safe to print. */
export type VerifyResult =
  | { readonly status: 'ok' | 'note' | 'skipped'; readonly detail: string }
  /** Without an explanation, that of the check applies. */
  | { readonly status: 'differs'; readonly seen: string; readonly explanation?: Explanation | undefined };

/** Meaning of a difference, and its fix. */
export interface Explanation {
  readonly meaning: string;
  readonly fix: string;
}

export const ok = (detail: string): VerifyResult => ({ status: 'ok', detail });

/** For a documented property of a response mode, or for something that the check could not see. */
export const note = (detail: string): VerifyResult => ({ status: 'note', detail });

export const skipped = (detail: string): VerifyResult => ({ status: 'skipped', detail });

export const differs = (seen: string, explanation?: Explanation): VerifyResult => ({
  status: 'differs',
  seen,
  explanation,
});

/** Returns `ok` if no fault is a text. Faults are the texts of what is wrong, and undefined for what is right. */
export const judge = (faults: readonly (string | undefined)[], detail: string): VerifyResult => {
  const found = [...new Set(faults.filter((fault) => fault !== undefined))];
  return found.length === 0 ? ok(detail) : differs(found.join('; '));
};

/** Returns a result if the response is incomplete or has another status. Explains it by its end or its problem code. */
export const unexpected = (exchange: Exchange, status: number): VerifyResult | undefined => {
  if (exchange.end !== 'complete') return differs(describe(exchange), explainEnd(exchange));
  return exchange.status === status ? undefined : differs(describe(exchange), explainStatus(exchange));
};

/** Returns what is wrong with a problem document, compared with the contract. */
export const problemFaults = (exchange: Exchange, code: ProblemCode): readonly (string | undefined)[] => {
  const problem = readProblem(exchange);
  if (problem === undefined) return [`the body is not a problem document: ${exchange.bytes.toString()}`];
  const { detail, requestId } = problem;
  // `undefined` stands for a missing member, and differs from the text that is expected in its place.
  const expected = JSON.parse(formatProblem(code, PROBLEMS[code], String(detail), String(requestId)));
  const type = exchange.headers['content-type']?.split(';')[0];
  return [
    type === 'application/problem+json' ? undefined : `Content-Type is ${type ?? 'missing'}`,
    ...Object.entries(expected)
      .filter(([name, value]) => problem[name] !== value)
      .map(([name]) => `the member ${name} is ${JSON.stringify(problem[name]) ?? 'missing'}`),
    retryAfterFault(exchange, PROBLEMS[code]),
  ];
};

const retryAfterFault = ({ headers }: Exchange, { retryAfter }: Problem): string | undefined =>
  retryAfter === undefined || headers['retry-after'] === String(retryAfter)
    ? undefined
    : `Retry-After is ${headers['retry-after'] ?? 'missing'} instead of ${retryAfter}`;

const PROBLEMS: Readonly<Record<ProblemCode, Problem>> = { ...SERVICE_PROBLEMS, ...GATEWAY_PROBLEMS };

/** The code of a problem document of the service; undefined for any other response. */
export const problemCode = (exchange: Exchange): ProblemCode | undefined => {
  return toProblemCode(readProblem(exchange)?.['code']);
};

export const toProblemCode = (code: unknown): ProblemCode | undefined =>
  typeof code === 'string' && Object.hasOwn(PROBLEMS, code) ? (code as ProblemCode) : undefined;

const readProblem = ({ bytes }: Exchange): Readonly<Record<string, unknown>> | undefined => {
  const parsed = readJson(bytes.toString());
  return isRecord(parsed) && 'code' in parsed ? parsed : undefined;
};

/** Describes a response in a few words. */
export const describe = (exchange: Exchange): string => {
  const { status, headers, bytes, milliseconds, end, error } = exchange;
  const time = `${(milliseconds / 1000).toFixed(1)} s`;
  if (status === undefined) {
    return end === 'timeout' ? `no response within ${time}` : `the connection failed (${error ?? 'closed'})`;
  }
  if (end === 'timeout') return `${status}, then ${bytes.length} bytes, and no end of the response within ${time}`;
  if (end === 'broken') return `${status}, then ${bytes.length} bytes, then the transfer broke (${error ?? 'closed'})`;
  const code = problemCode(exchange);
  return code === undefined
    ? `${status}, ${headers['content-type'] ?? 'no Content-Type'}, ${bytes.length} bytes`
    : `${status} ${code}`;
};

const explainEnd = ({ status, end, headers }: Exchange): Explanation => {
  if (end === 'timeout') {
    return {
      meaning: 'The service or the network hangs, or is too slow.',
      fix: `Run again with a longer --timeout. If it still hangs, ${lookUp(headers)}.`,
    };
  }
  if (status === undefined) {
    return {
      meaning: 'The connection to the service failed.',
      fix: 'Check the URL, the network, the VPN and the proxy.',
    };
  }
  return {
    meaning: 'The response was interrupted, so its bytes are not complete.',
    fix: capitalize(`${lookUp(headers)}.`),
  };
};

/** Undefined if the explanation of the check fits. */
const explainStatus = (exchange: Exchange): Explanation | undefined => {
  const { status = 0, headers } = exchange;
  const code = problemCode(exchange);
  if (code !== undefined) return explainProblem(code, headers);
  if (status >= 300 && status < 400 && status !== 304) {
    return {
      meaning: 'The URL redirects. The command follows no redirect, because the API key would go with it.',
      fix: 'Give the URL to which it redirects, if you trust that host.',
    };
  }
  if (status === 403) {
    return {
      meaning: 'API Gateway, or something in front of it, denies the request.',
      fix: 'Check that the URL ends with the stage, as the output Endpoint of the API stack prints it, and check the API key.',
    };
  }
  if (status >= 500) {
    return {
      meaning: 'The function failed, or its response mode does not match the integration of API Gateway.',
      fix: `Deploy the API stack again. If that does not help, ${lookUp(headers)}.`,
    };
  }
  return undefined;
};

/** @param headers of the response that contains the problem. */
export const explainProblem = (code: ProblemCode, headers: Exchange['headers']): Explanation => ({
  meaning: PROBLEM_MEANINGS[code],
  fix: FIXES[code] ?? capitalize(`${lookUp(headers)}.`),
});

/** The rest of a sentence, in lower case. */
const lookUp = (headers: Exchange['headers']): string => {
  const id = headers['x-request-id'] ?? headers['x-amzn-requestid'];
  return id === undefined
    ? 'look in the log of the function'
    : `look for the request ID ${id} in the log of the function`;
};

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const FIX_KEY = 'Check the API key: the output FetchKey of the API stack is the command that prints it.';
const FIX_SAMPLE = 'Choose the path of an image that exists. Run images-api explain with it to see its key.';
const FIX_ACCESS = 'Run images-api doctor, which names the permission or setting that is missing.';
const FIX_RATE = 'Wait, then run again, or raise the limits of the usage plan.';

const FIXES: Readonly<Partial<Record<ProblemCode, string>>> = {
  forbidden: FIX_KEY,
  'unknown-path': FIX_SAMPLE,
  'image-not-found': FIX_SAMPLE,
  'invalid-path': FIX_SAMPLE,
  'image-archived': FIX_SAMPLE,
  'image-too-large': 'Give an image of at most 4 MB as the first --sample, or set responseMode to stream.',
  'store-forbidden': `Allow s3:GetObject and s3:ListBucket to the role that reads the bucket. ${FIX_ACCESS}`,
  'role-refused': FIX_ACCESS,
  'store-misconfigured': FIX_ACCESS,
  throttled: FIX_RATE,
  'quota-exceeded': FIX_RATE,
};
