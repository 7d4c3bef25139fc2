import type { StoredObject } from '../../support/aws-origin/s3-service.ts';
import { type BucketService, type BucketServiceOptions, createImage } from '../../support/bucket-service.ts';
import type { HttpRequest } from '../../support/http-client.ts';
import { makeBytes } from '../../support/image-bytes.ts';

/** Milliseconds. They differ so much that the elapsed time shows which one expired. */
export const TIMEOUTS: NonNullable<BucketServiceOptions['timeouts']> = {
  connect: 500,
  firstByte: 1_000,
  idle: 800,
  answer: 20_000,
  client: 700,
  resume: 15_000,
};

/** For rows that send several requests to S3, which take longer on a busy machine than one and must not time out. */
export const PATIENT: typeof TIMEOUTS = { ...TIMEOUTS, firstByte: 3_000 };

/** `function` is the time that the function timeout leaves for the lines of a page or a batch. */
export type Timeout = keyof typeof TIMEOUTS | 'function';

/** One row of docs/faults.md: a fault and the expected response. The tests observe all other columns. */
export interface Fault {
  readonly group: string;
  readonly name: string;
  /**
   * The status, and the problem code or the state of the answer: `complete`, `interrupted`, `partial`, `redirect`, or the
   * number of lines of a batch with each result.
   */
  readonly expected: `${number} ${string}`;
  readonly service?: BucketServiceOptions;
  /** Path and query below the stage. A function may send other requests, which are not observed. Default: `KEY`. */
  readonly path?: string | ((service: BucketService) => Promise<string>);
  readonly request?: HttpRequest;
  /** The client stops reading after the first bytes. */
  readonly clientStalls?: true;
  readonly prepare: (service: BucketService) => unknown;
  /** The timeout that ends the wait, and how often it expires. */
  readonly expires?: readonly [timeout: Timeout, times: number];
  /** The parts of two columns whose numbers depend on chance, such as the size of buffers. docs/faults.md has `n` there. */
  readonly varies?: { readonly log?: RegExp; readonly requests: RegExp };
}

export const KEY = 'image.jpeg';
/** Larger than the socket buffers between S3 and the client, so an interrupted transfer cannot be complete by chance. */
export const IMAGE: StoredObject = createImage(makeBytes(3_000_000));
