import { JSON_TYPE, NDJSON_TYPE } from '../../contract/http.ts';
import type { CheckRequest, Probe, VerifyCheck } from './check.ts';
import type { Exchange } from './exchange.ts';
import { headerFault, mustBeForbidden } from './faults.ts';
import { isRecord, readJson, readLines } from './json.ts';
import { differs, judge, note, problemCode, problemFaults, skipped, unexpected } from './result.ts';

/** A page of the listing, as the service sends it. */
export interface ListingPage {
  readonly images: readonly ListingImage[];
  readonly next: string | null;
}

interface ListingImage {
  /** Percent-encoded, without a leading slash. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Returns undefined if the body is not a page of a listing. */
export const readPage = ({ bytes }: Exchange): ListingPage | undefined => {
  const page = readJson(bytes.toString());
  if (!isRecord(page) || !Array.isArray(page['images']) || !page['images'].every(isImage)) return undefined;
  const { images, next } = page;
  return next === null || typeof next === 'string' ? { images, next } : undefined;
};

const isImage = (value: unknown): value is ListingImage =>
  isRecord(value) && typeof value['path'] === 'string' && Number.isSafeInteger(value['size']);

/** True if the service does not list its images. */
export const isListingOff = (answer: Exchange): boolean =>
  answer.end === 'complete' && problemCode(answer) === 'path-missing';

export const LISTING_CHECK: VerifyCheck = {
  name: 'listing',
  expected:
    '`GET /` returns a page of images in JSON, whose `Link` leads to the next page, or in lines if `Accept` names them. A cursor of another listing returns 400, and a request without the key 403. Skipped if `listing` is off.',
  meaning: 'Clients cannot find out which images exist, or miss some of them.',
  fix: 'Deploy the API stack again, and look for a proxy or CDN in front of the API that changes queries, Accept or Link.',
  needsImage: false,
  run: async (probe) => {
    const answer = await probe.send(PAGE);
    if (isListingOff(answer)) return skipped('the listing is off: GET / returns 400 path-missing');
    const failed = unexpected(answer, 200);
    if (failed !== undefined) return failed;
    const page = readPage(answer);
    if (page === undefined) return differs('the body of GET / is not a page of a listing');
    const cursor = page.next === null ? 'cursor=verify' : `prefix=verify&cursor=${encodeURIComponent(page.next)}`;
    const [lines, foreign, keyless, following] = await Promise.all([
      probe.send({ ...PAGE, headers: { accept: NDJSON_TYPE } }),
      probe.send({ path: `/?${cursor}` }),
      probe.send({ ...PAGE, key: 'none' }),
      followLink(probe, answer),
    ]);
    const refused =
      unexpected(lines, 200) ??
      unexpected(foreign, 400) ??
      mustBeForbidden(keyless) ??
      (following && unexpected(following, 200));
    if (refused !== undefined) return refused;
    const faults = [
      ...pageFaults(answer, page),
      ...lineFaults(lines, page),
      ...problemFaults(foreign, 'invalid-cursor'),
      page.next === null ? undefined : followingFault(following, page),
    ];
    const last = page.next === null ? 'the only page' : 'with a next page';
    const result = judge(faults, `${page.images[0]?.path ?? 'an empty page'}, ${last}`);
    return result.status === 'ok' && page.images.length === 0 && page.next === null
      ? note('the listing is empty: no key has a path in the mapping')
      : result;
  },
};

const PAGE: CheckRequest = { path: '/?limit=1' };

const pageFaults = (answer: Exchange, { images, next }: ListingPage): readonly (string | undefined)[] => [
  headerFault(answer, 'Content-Type', JSON_TYPE),
  headerFault(answer, 'Cache-Control', 'no-store'),
  images.length <= 1 ? undefined : `${images.length} images instead of 1`,
  next === null || readLink(answer) !== undefined ? undefined : 'Link is missing, or leads to another URL',
];

/** A page in lines has one image per line. Its last line has the cursor. */
const lineFaults = (answer: Exchange, { images, next }: ListingPage): readonly (string | undefined)[] => {
  const lines = readLines(answer.bytes);
  const last = lines.at(-1);
  const isEnd = isRecord(last) && 'next' in last;
  const isSame = JSON.stringify(lines.slice(0, -1)) === JSON.stringify(images);
  return [
    headerFault(answer, 'Content-Type', NDJSON_TYPE),
    headerFault(answer, 'Cache-Control', 'no-store'),
    isEnd ? undefined : 'the last line of NDJSON has no next',
    isSame || !isEnd ? undefined : 'NDJSON has other images than JSON',
    isEnd && (last['next'] === null) !== (next === null) ? 'NDJSON and JSON end at different images' : undefined,
  ];
};

/** The query of the next page: https://www.rfc-editor.org/rfc/rfc8288 */
const readLink = ({ headers }: Exchange): string | undefined =>
  /^<(\?[\w%.~=&-]+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];

const followLink = async (probe: Probe, answer: Exchange): Promise<Exchange | undefined> => {
  const query = readLink(answer);
  return query === undefined ? undefined : await probe.send({ path: `/${query}` });
};

const followingFault = (answer: Exchange | undefined, { images: [first] }: ListingPage): string | undefined => {
  if (answer === undefined) return undefined;
  const page = readPage(answer);
  if (page === undefined) return 'the body of the next page is not a page of a listing';
  return first !== undefined && page.images.some(({ path }) => path === first.path)
    ? 'the next page repeats an image'
    : undefined;
};
