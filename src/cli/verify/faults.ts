import type { Exchange } from './exchange.ts';
import { describe, differs, unexpected, type VerifyResult } from './result.ts';

/** A missing or wrong key must get 403, and nothing explains another status better than the check itself. */
export const mustBeForbidden = (answer: Exchange): VerifyResult | undefined =>
  answer.end === 'complete' && answer.status !== 403 ? differs(describe(answer)) : unexpected(answer, 403);

export const bodyFault = ({ bytes }: Exchange): string | undefined =>
  bytes.length === 0 ? undefined : `${bytes.length} bytes follow the headers`;

export const headerFaults = (
  answer: Exchange,
  image: Exchange,
  names: readonly string[],
): readonly (string | undefined)[] => names.map((name) => headerFault(answer, name, image.headers[name.toLowerCase()]));

export const headerFault = ({ headers }: Exchange, name: string, expected: string | undefined): string | undefined => {
  const value = headers[name.toLowerCase()];
  return expected === undefined || value === expected
    ? undefined
    : `${name} is ${value ?? 'missing'} instead of ${expected}`;
};

/** For a header whose value is a list, such as Vary. */
export const listFault = ({ headers }: Exchange, name: string, item: string): string | undefined => {
  const value = headers[name.toLowerCase()];
  if (value === undefined) return `${name} is missing`;
  const items = value.split(',').map((text) => text.trim().toLowerCase());
  return items.includes(item.toLowerCase()) ? undefined : `${name} is ${value}, without ${item}`;
};

export const originFault = (answer: Exchange, origin: string): string | undefined =>
  answer.headers['access-control-allow-origin'] === '*'
    ? undefined
    : headerFault(answer, 'Access-Control-Allow-Origin', origin);
