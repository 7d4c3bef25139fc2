import type { IncomingHttpHeaders } from 'node:http';

/** An HTTP request with its complete body. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path as sent: still percent-encoded, without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Not sent in the answer to HEAD. */
  readonly body: Uint8Array | string;
}

/** An error response of an AWS service. Each service formats it in its own XML or JSON. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Additional elements of the XML, by name. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, details: Readonly<Record<string, string>> = {}) {
    super(`Refused with ${code}.`);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** `<name>text</name>` for each member, escaped like S3: characters that XML cannot carry become references, too. */
export const formatElements = (elements: Readonly<Record<string, string>>): string =>
  Object.entries(elements)
    .map(([name, text]) => `<${name}>${text.replace(ESCAPED, escapeXml)}</${name}>`)
    .join('');

const ESCAPED = /[&<>"\p{Cc}\ufffe\uffff]/gu;
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (character: string): string => NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
