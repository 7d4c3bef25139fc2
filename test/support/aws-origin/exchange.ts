import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came over the wire, with its body read. */
export interface ReceivedRequest {
  readonly method: string;
  /** Encoded as it was sent, without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Left out of the answer to HEAD. */
  readonly body: Uint8Array | string;
}

/** Why a service does not do what it was asked for. Each service writes it down in its own XML. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Further elements of the XML, by name. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, details: Readonly<Record<string, string>> = {}) {
    super(`Refused with ${code}.`);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** `<name>text</name>` for each member, escaped. */
export const formatElements = (elements: Readonly<Record<string, string>>): string =>
  Object.entries(elements)
    .map(([name, text]) => `<${name}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`)
    .join('');
