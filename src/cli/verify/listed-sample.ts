import type { Probe } from './check.ts';
import { isListingOff, readPage } from './listing.ts';
import { describe } from './result.ts';
import { isPath } from './target.ts';

/**
 * The path of the first listed image that is neither empty nor too large for an ordinary sample, with a leading slash. If
 * the listing has none, the result has the reason, to be read after "and".
 */
export const findListedSample = async (
  probe: Probe,
): Promise<{ readonly path: string } | { readonly reason: string }> => {
  let cursor = '';
  for (;;) {
    const answer = await probe.send({ path: `/?limit=1000${cursor}` });
    if (isListingOff(answer)) return { reason: 'the service lists no images (listing is off)' };
    const page = answer.end === 'complete' && answer.status === 200 ? readPage(answer) : undefined;
    if (page === undefined) return { reason: `the listing of the service cannot be read (${describe(answer)})` };
    const image = page.images.find(({ path, size }) => size > 0 && size <= MAX_SIZE && isPath(path));
    if (image !== undefined) return { path: `/${image.path}` };
    if (page.next === null) return { reason: 'the listing of the service has no image of 1 byte to 4 MB' };
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
};

/** Bytes. A response in buffered mode can have a little more. */
const MAX_SIZE = 4_000_000;
