import type { AbortSignalLike } from './ports.ts';

/**
 * The result of `work`, or a rejection with the signal's reason as soon as it aborts. `release` gets a result that
 * arrives after that.
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
      .then((result) => (signal.aborted ? release(result) : resolve(result)), reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
};
