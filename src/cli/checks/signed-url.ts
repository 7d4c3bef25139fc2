import { readAwsFailure } from '../../adapters/aws/sdk-errors.ts';
import type { PathMapping } from '../../domain/index.ts';
import { createLocateImages, type LocatedImage } from '../../domain/serving/locate-images.ts';
import { SETTINGS } from '../../settings/settings.ts';
import type { Clients, ImageSource } from './clients.ts';
import { listFirstImage } from './listing.ts';
import { explainGetObject } from './permissions.ts';
import { type CheckResult, denied, failed, isDenied, ok, skipped } from './result.ts';

type Location = Pick<ImageSource, 'bucket'> & {
  readonly mapping: PathMapping;
  /** Path of an image, percent-encoded. */
  readonly sample: string | undefined;
  /** Whether the service signs URLs. */
  readonly signsUrls: boolean;
};

/**
 * Signs a URL of the sample as the service does, and reads the first byte of the image from S3 with it. Without a sample,
 * it takes the first image that a listing finds. The result never contains the URL, because anyone can read the image
 * with it.
 */
export const checkSignedUrl = async (
  { store, index, createLocator }: Pick<Clients, 'store' | 'index' | 'createLocator'>,
  location: Location,
): Promise<CheckResult> => {
  const { mapping, sample, signsUrls } = location;
  if (!signsUrls) {
    return skipped(
      `${SETTINGS.signedLocations.variable} is off and ${SETTINGS.redirectAbove.variable} is not set, so the service signs no URLs`,
    );
  }
  const path = sample ?? (await listFirstImage(mapping, index)).image?.path;
  if (path === undefined) return skipped('no image was found; add --sample <path>');
  const locate = createLocateImages({ mapping, store, locator: createLocator() });
  const { value } = await locate({ paths: [path], describe: true }).next();
  // There is one path, so there is one image.
  const located = value as LocatedImage;
  if ('error' in located) {
    if (!isDenied(located.error)) throw located.error;
    return denied(`reading ${path} is denied`, located.error, explainGetObject(location));
  }
  return checkUrl(new URL(located.location.url), path, located.image?.size ?? 0);
};

const checkUrl = async (url: URL, path: string, size: number): Promise<CheckResult> => {
  let response: Response;
  let code: string | undefined;
  try {
    response = await fetch(url, {
      headers: { range: 'bytes=0-0' },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (response.status < 400) await response.body?.cancel();
    else code = /<Code>(\w{1,100})<\/Code>/.exec(await response.text())?.[1];
  } catch (error) {
    return failed(
      `${url.host} cannot be reached with the signed URL of ${path} (${readNetworkCode(error)})`,
      'Check the network, the DNS and the proxy of this machine. Clients of the service need access to S3 as well.',
    );
  }
  const { status } = response;
  const range = response.headers.get('content-range');
  // An empty image has no first byte.
  if (status === 206 ? range === `bytes 0-0/${size}` : status === 416 && size === 0) {
    return ok(`${path}, ${size} bytes, read from ${url.host} with a signed URL`);
  }
  if (status === 206) {
    return failed(`${url.host} sends Content-Range ${range} for ${path}, which has ${size} bytes`, FIX_PROXY);
  }
  const answer = code === undefined ? `${status}` : `${status} (${code})`;
  return failed(
    `${url.host} answers the signed URL of ${path} with ${answer}`,
    status === 403 ? FIX_REFUSAL : code === undefined ? FIX_PROXY : FIX_ERROR,
  );
};

/** The code of the network error. The message may contain the URL. */
const readNetworkCode = (error: unknown): string => {
  const { code } = readAwsFailure((error as Error).cause);
  return code ?? (error as Error).name;
};

/** Milliseconds until the first byte has arrived. */
const TIMEOUT = 5_000;

const FIX_REFUSAL =
  'Look in the bucket policy for conditions on aws:SourceIp, aws:SourceVpce, aws:SourceVpc and s3:signatureAge. S3 evaluates them for the client that uses the URL, so run the doctor in the network of your clients. If they cannot meet the conditions, turn signed locations and redirects off.';
const FIX_PROXY = 'Look for a proxy between this machine and S3 that changes requests or responses.';
const FIX_ERROR = 'Try again. If it fails again, look up the error in the AWS documentation of S3.';
