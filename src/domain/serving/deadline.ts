import { ImageError } from '../errors.ts';
import type { Alarm } from './ports.ts';

/**
 * What `work` gives, if it gives it in time. What it gives later is handed to `discard`, because nobody else will.
 *
 * @throws ImageError `store-timeout` when it takes longer.
 */
export const within = <Result>(
  milliseconds: number,
  alarm: Alarm,
  work: Promise<Result>,
  discard: (late: Result) => void,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    let isOver = false;
    const callOff = alarm(milliseconds, () => {
      isOver = true;
      reject(tooLate());
    });
    work.then(
      (result) => {
        callOff();
        if (isOver) discard(result);
        else resolve(result);
      },
      (error: unknown) => {
        callOff();
        reject(error);
      },
    );
  });

/** The failure of an answer whose time is over, whatever it was waiting for. */
export const tooLate = (): ImageError =>
  new ImageError('store-timeout', 'The image could not be read in the time that there is for an answer.');
