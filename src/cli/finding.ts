import { readAwsFailure, toOutageError } from '../adapters/aws/sdk-errors.ts';
import { ImageError } from '../domain/index.ts';

/** What was found at one hop. `detail` and `mend` may name buckets, keys and ARNs, and never a secret or a key. */
export type Finding =
  | { readonly status: 'ok' | 'skipped'; readonly detail: string }
  | { readonly status: 'failed'; readonly detail: string; readonly mend: string };

export const ok = (detail: string): Finding => ({ status: 'ok', detail: toLine(detail) });

export const skipped = (detail: string): Finding => ({ status: 'skipped', detail: toLine(detail) });

export const failed = (detail: string, mend: string): Finding => ({
  status: 'failed',
  detail: toLine(detail),
  mend: toLine(mend),
});

/**
 * AWS refuses something to somebody whom it knows (see `isDenied`): of all its messages this one says who may not do what.
 */
export const denied = (detail: string, error: unknown, mend: string): Finding =>
  failed(`${detail}. AWS says: ${(findCause(error) as Error).message}`, mend);

export const isDenied = (error: unknown): boolean => {
  const { name } = readAwsFailure(findCause(error));
  return name === 'AccessDenied' || name === 'AccessDeniedException';
};

/** What may fail at any hop: who asks, the clock, and the way to AWS. */
export const findFailure = (error: unknown): Finding => {
  const cause = findCause(error);
  if (cause instanceof ImageError) return failed(cause.message, TRY_AGAIN);
  const { name, status, code } = readAwsFailure(cause);
  const known = FAILURES.find(({ names }) => names.includes(name));
  if (known !== undefined) return failed(`${known.detail} (${name})`, known.mend);
  if (cause instanceof Error && cause.message === 'Region is missing') {
    return failed('no region is configured', 'Set AWS_REGION to the region of the stacks.');
  }
  if (status === undefined && toOutageError(cause) !== undefined) {
    return failed(
      `AWS cannot be reached (${code ?? name})`,
      'Check the network, the proxy, AWS_REGION, and AWS_ENDPOINT_URL if it is set.',
    );
  }
  // The name alone: a message about what could not be read may quote it.
  const detail = status === undefined ? `it failed with ${name || typeof cause}` : `AWS answers ${status} (${name})`;
  return failed(detail, TRY_AGAIN);
};

/** An ImageError tells the caller of the service as little as it may; its cause is what AWS said. */
const findCause = (error: unknown): unknown =>
  error instanceof ImageError && error.cause !== undefined ? error.cause : error;

const TRY_AGAIN = 'Try again; if it stays, look the answer up in the documentation of the service.';

const LOG_IN = 'Log in (aws sso login), or set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

const FAILURES: readonly { readonly names: readonly string[]; readonly detail: string; readonly mend: string }[] = [
  {
    names: ['CredentialsProviderError', 'TokenProviderError'],
    detail: 'there are no credentials',
    mend: LOG_IN,
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    detail: 'the credentials have expired',
    mend: LOG_IN,
  },
  {
    names: [
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
      'InvalidToken',
      'UnrecognizedClientException',
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
    ],
    detail: 'AWS does not know these credentials',
    mend: 'Check which ones are in use (aws configure list), and the clock of this machine.',
  },
  {
    names: ['RequestTimeTooSkewed', 'RequestExpired'],
    detail: 'the clock of this machine is wrong',
    mend: 'Set the clock: AWS allows 5 to 15 minutes.',
  },
];

/** What stores and services say is untrusted: it must neither move a terminal's cursor nor fill its screen. */
const toLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_LINE);

const MAX_LINE = 600;
