import type { Exchange } from './exchange.ts';
import type { Explanation, VerifyResult } from './result.ts';
import type { VerifyTarget } from './target.ts';

/** A request of a check. By default a GET for the first sample, with the API key. */
export interface CheckRequest {
  readonly method?: string;
  /** Path below the stage, optionally with a query. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `none` sends no key, and `wrong` an invalid one. */
  readonly key?: 'none' | 'wrong';
  /**
   * Whether the service may answer with a redirect to S3. Default: false, the request then looks like one of a browser,
   * so that the service sends every image itself.
   */
  readonly mayRedirect?: boolean;
}

/** Sends requests to the service, all with the deadline of the check. */
export interface Probe {
  send(request?: CheckRequest): Promise<Exchange>;
  /** For a response that must have no body. */
  sendWithoutBody(request: CheckRequest): Promise<Exchange>;
  /** Sends a GET without the key to the host of the URL. */
  sendTo(url: URL, headers?: Readonly<Record<string, string>>): Promise<Exchange>;
}

/** The options, and the responses that are read before the checks run. */
export interface Subject extends Pick<VerifyTarget, 'origin' | 'burst'> {
  /** Paths of images, percent-encoded, with a leading slash. The first is an ordinary image. */
  readonly samples: readonly [string, ...string[]];
  /** Response to the first GET of the first sample. */
  readonly image: Exchange;
  /** The further samples. */
  readonly others: readonly Sample[];
}

export interface Sample {
  readonly path: string;
  /** Size of the image in bytes; undefined if it could not be found out. */
  readonly size: number | undefined;
  /** Response to a request for the first byte. */
  readonly exchange: Exchange;
}

export type VerifyCheckName =
  | 'get'
  | 'key-required'
  | 'head'
  | 'not-modified'
  | 'range'
  | 'suffix-range'
  | 'range-not-satisfiable'
  | 'precondition-failed'
  | 'missing-image'
  | 'invalid-path'
  | 'method-not-allowed'
  | 'options'
  | 'preflight'
  | 'cors'
  | 'framing'
  | 'content-length'
  | 'vary'
  | 'samples'
  | 'empty-image'
  | 'large-image'
  | 'listing'
  | 'signed-locations'
  | 'redirect'
  | 'throttled';

export interface VerifyCheck extends Explanation {
  readonly name: VerifyCheckName;
  /** The statement that the check proves, in Markdown. */
  readonly expected: string;
  /** Whether the check compares with the image of the first GET. */
  readonly needsImage: boolean;
  /** Milliseconds in addition to the timeout. */
  readonly extraTime?: (subject: Subject) => number;
  readonly run: (probe: Probe, subject: Subject) => Promise<VerifyResult>;
}
