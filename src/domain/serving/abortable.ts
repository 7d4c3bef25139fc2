import type { AbortSignalLike } from './ports.ts';

/**
 * Resolves with the result of `work`, or rejects with the signal's reason as soon as the signal aborts. A result that
 * arrives after that goes to `release`.
 */
export const abortable = <Result>(
  work: Promise<Result>,
  signal: AbortSignalLike | undefined,
  release: (late: Result) => void,
): Promise<Result> => {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
    work
      .then((result) => (signal.aborted ? release(result) : resolve(result)))
      // Also catches what `release` throws. A promise that has rejected ignores it.
      .catch(reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
};
