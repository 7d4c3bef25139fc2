import type { Alarm } from '../../src/domain/serving/ports.ts';

/** Rings by the clock of this process. */
export const alarm: Alarm = (milliseconds, ring) => {
  const timer = setTimeout(ring, milliseconds);
  return () => clearTimeout(timer);
};
