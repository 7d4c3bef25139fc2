import type { Probe } from './check.ts';
import type { Exchange } from './exchange.ts';
import { headerFault } from './faults.ts';
import { describe, differs, type Explanation, judge, type VerifyResult } from './result.ts';
import { isSecure } from './target.ts';

/** The response that S3 must send for a signed URL. */
interface Expected {
  readonly etag: string | undefined;
  /** Bytes of the whole image. */
  readonly size: number;
}

/**
 * Reads the first byte of an image from S3 with a signed URL, and with one whose signature is wrong. No result contains
 * the URL, because anyone can read the image with it.
 */
export const checkSignedUrl = async (probe: Probe, text: unknown, expected: Expected): Promise<VerifyResult> => {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null) return differs('the service sends no absolute URL');
  if (!isSecure(url)) return differs('the URL is not https');
  const seconds = Number(url.searchParams.get('X-Amz-Expires'));
  const tampered = tamper(url);
  if (tampered === undefined) return differs('the URL has no signature');
  const headers = { range: 'bytes=0-0' };
  const [answer, refused] = await Promise.all([probe.sendTo(url, headers), probe.sendTo(tampered, headers)]);
  if (answer.end !== 'complete') return differs(`S3: ${describe(answer)}`, UNREACHABLE);
  if (answer.status !== 206) return differs(`S3 answers the URL with ${describeError(answer)}`, REFUSED);
  return judge(
    [
      seconds >= 1 && seconds <= MAX_VALIDITY ? undefined : `the URL is valid for ${seconds} s`,
      headerFault(answer, 'Content-Range', `bytes 0-0/${expected.size}`),
      headerFault(answer, 'ETag', expected.etag),
      refused.status === 403 ? undefined : `S3 answers a wrong signature with ${describeError(refused)}`,
    ],
    `${expected.size} bytes, read from S3 without the key`,
  );
};

/** Replaces the last digit of the signature. Returns undefined if there is none. */
const tamper = (url: URL): URL | undefined => {
  const signature = url.searchParams.get('X-Amz-Signature') ?? '';
  if (!/^[0-9a-f]{64}$/.test(signature)) return undefined;
  const wrong = `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`;
  return new URL(url.href.replace(signature, wrong));
};

/** With the error code of S3, which sends XML. */
const describeError = (answer: Exchange): string => {
  const code = /<Code>(\w{1,100})<\/Code>/.exec(answer.bytes.toString())?.[1];
  return code === undefined ? describe(answer) : `${answer.status} ${code}`;
};

/** Seconds. */
const MAX_VALIDITY = 300;

const UNREACHABLE: Explanation = {
  meaning: 'This machine cannot read images from S3, but the service sends clients there.',
  fix: 'Check the network, the DNS and the proxy of this machine.',
};

const REFUSED: Explanation = {
  meaning: 'S3 refuses a URL that the service has signed.',
  fix: 'Look in the bucket policy for conditions on aws:SourceIp, aws:SourceVpce, aws:SourceVpc and s3:signatureAge: S3 evaluates them for the client. Run images-api doctor with the same settings in the network of the function.',
};
