import { NDJSON_TYPE } from '../../../src/contract/http.ts';
import { createPathMapping, formatImagePath, type PathMapping, parseImagePath } from '../../../src/domain/index.ts';
import { type GatewayService, type Source, startGatewayService } from '../../support/gateway-service.ts';
import type { MappedBucket } from './buckets.ts';

/** How a listing is read. */
export interface Reading {
  readonly format: 'json' | 'ndjson';
  /** Images of a page. */
  readonly limit: number;
  /** Milliseconds after which the reading ends early. Default: never. */
  readonly budget?: number;
}

/** Pages of 1, 7 and 1,000 images in JSON, and of 700 and 100,000 in NDJSON. S3 lists at most 1,000 keys per call. */
export const READINGS: readonly Reading[] = [
  { format: 'json', limit: 1 },
  { format: 'json', limit: 7 },
  { format: 'json', limit: 1_000 },
  { format: 'ndjson', limit: 700 },
  { format: 'ndjson', limit: 100_000 },
];

/** The start of every path, and about half of the path of an image. */
export const prefixesOf = ({ mapping, keys }: MappedBucket): readonly string[] => {
  const { pathsOf } = createPathMapping(mapping);
  const middle = [...(keys.slice(keys.length >> 1).flatMap((key) => pathsOf(key))[0] ?? '')];
  const half = middle.slice(0, middle.length >> 1).join('');
  // A segment . or .. is rejected, even if a path continues it.
  return ['', half.replace(/(^|\/)\.{1,2}$/, '$1')];
};

/** Result and cost of reading a listing. */
export interface ReadListing {
  readonly images: number;
  readonly isComplete: boolean;
  readonly pages: number;
  /** Calls of the image index, as the log counts them. */
  readonly calls: number;
  /** Milliseconds. */
  readonly duration: number;
  /** One line for each wrong image or page. */
  readonly failures: readonly string[];
}

/** Starts the service with the mapping of a bucket. `source` holds the keys of the bucket. */
export const startListing = (
  { mapping }: MappedBucket,
  source: Source,
  mode?: 'stream' | 'buffered',
): Promise<GatewayService> => {
  const variables = {
    LISTING: 'on',
    IMAGES_PREFIX: mapping.prefix,
    IMAGES_MAPPING: JSON.stringify({ routes: mapping.routes }),
  };
  return startGatewayService(source, variables, mode);
};

/**
 * Reads all pages of a listing, and checks that they hold each image of the bucket once, in the order of the keys, under a path
 * that starts with the prefix and leads to its key.
 *
 * @param prefix the start of the paths, not encoded.
 */
export const readListing = async (
  service: GatewayService,
  { mapping, keys }: MappedBucket,
  prefix: string,
  { format, limit, budget = Number.POSITIVE_INFINITY }: Reading,
): Promise<ReadListing> => {
  const expected = expectedPaths(createPathMapping(mapping), keys, prefix);
  const failures: string[] = [];
  const logged = service.records.length;
  const started = performance.now();
  const query = new URLSearchParams({ prefix: encodePrefix(prefix), limit: String(limit) });
  let images = 0;
  let pages = 0;
  let next: string | null | undefined;
  while (next !== null && performance.now() - started < budget && failures.length < MAX_FAILURES) {
    if (next !== undefined) query.set('cursor', next);
    const page = await readPage(service, query, format);
    pages++;
    if (page.paths.length > limit) failures.push(`Page ${pages} has ${page.paths.length} images.`);
    for (const path of page.paths) {
      if (path !== expected[images]) failures.push(`Image ${images + 1} is ${path} instead of ${expected[images]}.`);
      images++;
    }
    next = page.next;
  }
  const isComplete = next === null;
  if (isComplete && images !== expected.length) failures.push(`${images} of ${expected.length} images were listed.`);
  return {
    images,
    isComplete,
    pages,
    calls: service.records.slice(logged).reduce((sum, record) => sum + (record.calls ?? 0), 0),
    duration: performance.now() - started,
    failures,
  };
};

const MAX_FAILURES = 10;

/** Encoded paths, one for each key that has a path with the prefix. */
const expectedPaths = (mapping: PathMapping, keys: readonly string[], prefix: string): readonly string[] =>
  keys.flatMap((key) => {
    const path = mapping.pathsOf(key).find((candidate) => candidate.startsWith(prefix));
    if (path === undefined) return [];
    const encoded = formatImagePath(path);
    if (mapping.keyOf(parseImagePath(encoded)).key !== key) throw new Error(`${encoded} does not lead to ${key}.`);
    return encoded;
  });

/** A prefix may be cut inside of a segment, but is encoded like a path. */
const encodePrefix = (prefix: string): string => prefix.split('/').map(encodeURIComponent).join('/');

interface Page {
  readonly paths: readonly string[];
  readonly next: string | null;
}

const readPage = async (service: GatewayService, query: URLSearchParams, format: Reading['format']): Promise<Page> => {
  const accept = format === 'ndjson' ? NDJSON_TYPE : '*/*';
  const response = await fetch(`${service.root}?${query}`, { headers: { ...service.headers, accept } });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`The listing was answered with ${response.status}: ${body}`);
  if (format === 'json') {
    const { images, next }: { images: readonly { path: string }[]; next: string | null } = JSON.parse(body);
    return { paths: images.map(({ path }) => path), next };
  }
  const lines = body.trimEnd().split('\n');
  const { next }: { next: string | null } = JSON.parse(lines.pop() as string);
  return { paths: lines.map((line) => JSON.parse(line).path), next };
};
