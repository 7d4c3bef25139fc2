import type { CreateWatchdog } from '../domain/serving/ports.ts';

/** Creates a watchdog with a timer of Node.js. Waits of equal length share one timer, which is refreshed. */
export const createWatchdog: CreateWatchdog = ({ parent, onTimeout }) => {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: NodeJS.Timeout | undefined;
  let duration = 0;
  let isArmed = false;

  const follow = () => abort(parent?.reason);
  const stop = () => {
    isArmed = false;
    clearTimeout(timer);
    timer = undefined;
    parent?.removeEventListener('abort', follow);
  };
  const abort = (reason: unknown) => {
    stop();
    controller.abort(reason);
  };
  const onTimer = () => {
    if (isArmed) abort(onTimeout());
  };

  if (parent?.aborted === true) follow();
  else parent?.addEventListener('abort', follow);

  return {
    signal,
    arm: (milliseconds) => {
      if (signal.aborted) return;
      isArmed = true;
      if (timer !== undefined && milliseconds === duration) timer.refresh();
      else {
        clearTimeout(timer);
        duration = milliseconds;
        timer = setTimeout(onTimer, milliseconds);
      }
    },
    disarm: () => {
      isArmed = false;
    },
    abort,
    stop,
  };
};
