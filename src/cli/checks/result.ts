import { readAwsFailure, toOutageError } from '../../adapters/aws/sdk-errors.ts';
import { ImageError } from '../../domain/index.ts';

/** Result of a check. `detail` and `fix` may name buckets, keys and ARNs, but never contain a secret or an API key. */
export type CheckResult =
  | { readonly status: 'ok' | 'skipped'; readonly detail: string }
  | { readonly status: 'failed'; readonly detail: string; readonly fix: string };

export const ok = (detail: string): CheckResult => ({ status: 'ok', detail: toLine(detail) });

export const skipped = (detail: string): CheckResult => ({ status: 'skipped', detail: toLine(detail) });

export const failed = (detail: string, fix: string): CheckResult => ({
  status: 'failed',
  detail: toLine(detail),
  fix: toLine(fix),
});

/**
 * Failed result with the message of AWS. Use it only if `isDenied(error)` is true: that message names the identity, the
 * action and the resource. Messages of other errors may quote a secret.
 */
export const denied = (detail: string, error: unknown, fix: string): CheckResult =>
  failed(`${detail}. AWS says: ${(findCause(error) as Error).message}`, fix);

/** True if AWS accepted the credentials and denied the action. */
export const isDenied = (error: unknown): boolean => {
  const { name } = readAwsFailure(findCause(error));
  return name === 'AccessDenied' || name === 'AccessDeniedException';
};

/** Failed result for an error that any check may throw: credentials, clock, region, network, or an unexpected error. */
export const explainError = (error: unknown): CheckResult => {
  const cause = findCause(error);
  if (cause instanceof ImageError) return failed(cause.message, TRY_AGAIN);
  const { name, status, code } = readAwsFailure(cause);
  const known = KNOWN_ERRORS.find(({ names }) => names.includes(name));
  if (known !== undefined) return failed(`${known.detail} (${name})`, known.fix);
  if (cause instanceof Error && cause.message === 'Region is missing') {
    return failed('no AWS region is set', 'Set AWS_REGION to the region of the stacks.');
  }
  if (status !== undefined) return failed(`AWS answered ${status} (${name})`, TRY_AGAIN);
  if (toOutageError(cause) !== undefined) {
    return failed(
      `AWS is unreachable (${code ?? name})`,
      'Check the network, the proxy, AWS_REGION, and AWS_ENDPOINT_URL if it is set.',
    );
  }
  // Print only the name, because the message of an unexpected error may quote a secret.
  return failed(`an unexpected error occurred (${name || typeof cause})`, REPORT_BUG);
};

/** Returns the AWS error behind an ImageError. The message of an ImageError leaves out buckets, keys and ARNs. */
const findCause = (error: unknown): unknown =>
  error instanceof ImageError && error.cause !== undefined ? error.cause : error;

const TRY_AGAIN = 'Try again. If it fails again, look up the error in the AWS documentation of the service.';

const REPORT_BUG = 'Try again. If it fails again, report a bug in images-api, with this output.';

const LOG_IN = 'Log in with aws sso login, or set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

const KNOWN_ERRORS: readonly { readonly names: readonly string[]; readonly detail: string; readonly fix: string }[] = [
  {
    names: ['CredentialsProviderError', 'TokenProviderError'],
    detail: 'no AWS credentials were found',
    fix: LOG_IN,
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    detail: 'the AWS credentials have expired',
    fix: LOG_IN,
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
    detail: 'AWS rejected the credentials',
    fix: 'Run aws configure list to see which credentials are in use. Check the clock of this machine too.',
  },
  {
    names: ['RequestTimeTooSkewed', 'RequestExpired'],
    detail: 'the clock of this machine is wrong',
    fix: 'Set the clock. AWS accepts a difference of 5 to 15 minutes, depending on the service.',
  },
];

/** Makes untrusted text from stores and AWS safe to print: it can neither move the cursor nor fill the screen. */
export const toLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_LENGTH);

/** Maximum length of a text, in characters. */
const MAX_LENGTH = 600;
