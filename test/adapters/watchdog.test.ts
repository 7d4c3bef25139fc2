import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWatchdog } from '../../src/adapters/watchdog.ts';

const timeout = new Error('timeout');
const onTimeout = () => timeout;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a watchdog', () => {
  test('aborts with the error of onTimeout if a wait takes too long', () => {
    const { signal, arm } = createWatchdog({ onTimeout });
    arm(100);
    vi.advanceTimersByTime(99);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toBe(timeout);
  });

  test('restarts the timeout with each wait, even after the timer has fired', () => {
    const { signal, arm, disarm } = createWatchdog({ onTimeout });
    arm(100);
    disarm();
    vi.advanceTimersByTime(1_000);
    arm(100);
    vi.advanceTimersByTime(60);
    arm(100);
    vi.advanceTimersByTime(60);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(40);
    expect(signal.aborted).toBe(true);
  });

  test('uses one timer for waits of equal length, and none after stop', () => {
    const { arm, disarm, stop } = createWatchdog({ onTimeout });
    const created = vi.spyOn(globalThis, 'setTimeout');
    for (let wait = 0; wait < 1_000; wait++) {
      arm(100);
      disarm();
    }
    expect(created).toHaveBeenCalledTimes(1);
    arm(50);
    expect(created).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(1);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('aborts with the reason of its parent, but not after stop', () => {
    const parent = new AbortController();
    const first = createWatchdog({ parent: parent.signal, onTimeout });
    const second = createWatchdog({ parent: parent.signal, onTimeout });
    first.arm(100);
    second.stop();
    const reason = new Error('deadline');
    parent.abort(reason);
    expect(first.signal.reason).toBe(reason);
    expect(second.signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(createWatchdog({ parent: parent.signal, onTimeout }).signal.reason).toBe(reason);
  });

  test('starts no wait after abort is called', () => {
    const { signal, arm, abort } = createWatchdog({ onTimeout });
    const reason = new Error('destroyed');
    abort(reason);
    arm(100);
    expect([signal.reason, vi.getTimerCount()]).toEqual([reason, 0]);
  });
});
