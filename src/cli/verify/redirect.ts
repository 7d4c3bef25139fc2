import { IMAGE_SIZE_HEADER } from '../../contract/http.ts';
import type { Subject, VerifyCheck } from './check.ts';
import type { Exchange } from './exchange.ts';
import { bodyFault, headerFault } from './faults.ts';
import { describe, judge, skipped, unexpected } from './result.ts';
import { checkSignedUrl } from './signed-url.ts';

export const REDIRECT_CHECK: VerifyCheck = {
  name: 'redirect',
  expected:
    'GET of an image above `redirectAbove` returns 307 with its size and ETag, and S3 sends the same image without the key. HEAD, and requests with `Origin` or `Sec-Fetch-Site`, are not redirected. Skipped if the largest sample is not redirected.',
  meaning: 'Clients follow the redirect to nothing or to another image, or scripts in browsers cannot read an image.',
  fix: 'Deploy the API stack again, and look for a proxy or CDN in front of the API that changes or caches redirects.',
  needsImage: true,
  run: async (probe, subject) => {
    const [largest] = redirectable(subject);
    if (largest === undefined) return skipped('SVG images are never redirected; add another one with --sample');
    const { path, size, etag } = largest;
    const range = 'bytes=0-0';
    const answer = await probe.send({ path, headers: { range }, mayRedirect: true });
    if (answer.end === 'complete' && (answer.status === 200 || answer.status === 206)) {
      return skipped(`the service sends ${path} itself: redirectAbove is not set, or not below ${size} bytes`);
    }
    const [whole, withOrigin, withSite, head] = await Promise.all([
      probe.send({ path, mayRedirect: true }),
      probe.send({ path, headers: { range, origin: 'https://images-api.example' }, mayRedirect: true }),
      probe.send({ path, headers: { range, 'sec-fetch-site': 'same-origin' }, mayRedirect: true }),
      probe.sendWithoutBody({ method: 'HEAD', path, mayRedirect: true }),
    ]);
    const failed = unexpected(answer, 307) ?? unexpected(whole, 307);
    if (failed !== undefined) return failed;
    const found = judge(
      [
        headerFault(answer, 'Cache-Control', 'no-store'),
        headerFault(answer, 'ETag', etag),
        headerFault(answer, IMAGE_SIZE_HEADER, String(size)),
        bodyFault(answer),
        ownFault('a request with Origin', withOrigin, 206),
        ownFault('a request with Sec-Fetch-Site', withSite, 206),
        ownFault('HEAD', head, 200),
      ],
      '',
    );
    return found.status === 'differs' ? found : checkSignedUrl(probe, answer.headers['location'], { etag, size });
  },
};

interface Redirectable {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string | undefined;
}

/** The samples that the service may redirect, the largest first. */
const redirectable = ({ samples: [first], image, others }: Subject): readonly Redirectable[] =>
  [{ path: first, size: image.bytes.length, exchange: image }, ...others]
    .flatMap(({ path, size = 0, exchange: { headers } }) =>
      headers['content-type']?.startsWith('image/svg+xml') ? [] : [{ path, size, etag: headers['etag'] }],
    )
    .sort((one, other) => other.size - one.size);

/** For a request that the service must answer itself. */
const ownFault = (request: string, answer: Exchange, status: number): string | undefined =>
  answer.end === 'complete' && answer.status === status ? undefined : `${request} gets ${describe(answer)}`;
