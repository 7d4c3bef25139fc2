import { costOfRequests, costOfS3, type Deployment, type Parts, splitInRanges, total, type Usage } from './cost.ts';
import { timeInvocation, totalMs } from './invocation.ts';
import type { Load } from './limits.ts';
import type { Measured } from './measured.ts';
import { charge, PRICES } from './prices.ts';
import { MILLION } from './units.ts';

/** A way to read images. */
export interface Way {
  readonly load: Load;
  /** US dollars for a million images, including the S3 requests of the client. */
  readonly cost: number;
}

/** How the service signs URLs of S3. */
export interface Signing {
  /** Milliseconds of the processor to sign one URL. */
  readonly msPerUrl: number;
  /** Paths of one batch. */
  readonly paths: number;
  /** HEAD requests of one batch that are in flight at the same time. */
  readonly inFlight: number;
  /** Bytes of one line of the answer to a batch, with the session token in its URL. */
  readonly lineBytes: number;
}

/** An assumption, rather too high than too low: `npm run bench` does not measure yet how long it takes to sign a URL. */
const SIGNING_MS_PER_URL = 1.5;

/** The largest batch, and the concurrency of the service. */
export const SIGNING: Signing = { msPerUrl: SIGNING_MS_PER_URL, paths: 1000, inFlight: 50, lineBytes: 1800 };

/** The service sends each image as one stream. */
export const streamed = (measured: Measured, deployment: Deployment, bytes: number): Way =>
  inParts(measured, deployment, { requests: 1, bytes });

/** The service sends each image as equal ranges, in as few requests as possible. */
export const inRanges = (measured: Measured, deployment: Deployment, bytes: number): Way =>
  inParts(measured, deployment, splitInRanges(bytes));

const inParts = (measured: Measured, deployment: Deployment, { requests, bytes }: Parts): Way => {
  const busyMs = totalMs(timeInvocation({ mode: 'stream', bytes, measured }, deployment));
  const usage: Usage = { busyMs, streamedBytes: bytes, s3Requests: 1 };
  return {
    load: { requests, s3Requests: requests, busyMs: requests * busyMs },
    cost: total(costOfRequests(requests * MILLION, usage, deployment)),
  };
};

/**
 * The service starts to read each image, sees its size, and redirects the client to S3, so S3 gets two GET requests. The
 * own work is assumed to be that of the smallest measured image.
 */
export const redirected = (measured: Measured, deployment: Deployment, { msPerUrl }: Signing): Way => {
  const busyMs = requestMs(measured, deployment) + msPerUrl;
  return {
    load: { requests: 1, s3Requests: 2, busyMs },
    cost: total(costOfRequests(MILLION, { busyMs, streamedBytes: 0, s3Requests: 1 }, deployment)) + costOfS3(),
  };
};

/**
 * The service signs a URL for each image of a batch, and the client reads the images from S3. With `describe`, the service
 * also sends a HEAD request for each image.
 */
export const inBatches = (
  measured: Measured,
  deployment: Deployment,
  signing: Signing,
  { describe }: { readonly describe: boolean },
): Way => {
  const { paths, lineBytes } = signing;
  const busyMs = batchMs(measured, deployment, signing, describe);
  const usage: Usage = { busyMs, streamedBytes: paths * lineBytes, s3Requests: describe ? paths : 0 };
  return {
    load: { requests: 1 / paths, s3Requests: describe ? 2 : 1, busyMs: busyMs / paths },
    cost: total(costOfRequests(MILLION / paths, usage, deployment)) + costOfS3(),
  };
};

/**
 * Milliseconds of a batch. The sum of waiting and work is an upper limit, because the function works while it waits for
 * other HEAD requests. The work for a HEAD request is assumed to be the own work of the smallest measured image.
 */
const batchMs = (measured: Measured, deployment: Deployment, signing: Signing, describe: boolean): number => {
  const { msPerUrl, paths, inFlight } = signing;
  const { firstByteMs } = deployment;
  const workMs = requestMs(measured, { ...deployment, firstByteMs: 0, coldShare: 0 });
  const describeMs = describe ? Math.ceil(paths / inFlight) * firstByteMs + paths * workMs : 0;
  return describeMs + paths * msPerUrl + requestMs(measured, { ...deployment, firstByteMs: 0 });
};

/** Milliseconds of a request that sends no image. */
const requestMs = (measured: Measured, deployment: Deployment): number =>
  totalMs(timeInvocation({ mode: 'stream', bytes: 0, measured }, deployment));

/** The listing of a million images. */
export interface Listing {
  /** Requests to the service. Each of them has one call of ListObjectsV2. */
  readonly pages: number;
  /** Seconds of the pages one after another, because each needs the cursor of the previous one. */
  readonly seconds: number;
  /** US dollars for the calls of ListObjectsV2. */
  readonly s3Cost: number;
  /** US dollars for everything, including S3. */
  readonly cost: number;
}

/** Images of a page by default, and keys that one call of ListObjectsV2 returns at most. */
const PAGE = 1000;

/** S3 is assumed to send a page as soon as an image. The own work is assumed to be that of the smallest measured image. */
export const listed = (measured: Measured, deployment: Deployment): Listing => {
  const pages = MILLION / PAGE;
  const busyMs = requestMs(measured, deployment);
  const s3Cost = charge(PRICES.s3ListRequests, pages);
  const own = costOfRequests(pages, { busyMs, streamedBytes: 0, s3Requests: 0 }, deployment);
  return { pages, seconds: (pages * busyMs) / 1000, s3Cost, cost: total(own) + s3Cost };
};
