import { expect, test } from 'vitest';
import { abortable } from '../../../src/domain/serving/abortable.ts';

const neverReleased = () => {
  throw new Error('released');
};

test('returns the result of work that ends before the signal aborts', async () => {
  expect(await abortable(Promise.resolve('a'), new AbortController().signal, neverReleased)).toBe('a');
});

test('returns the work itself without a signal', () => {
  const work = Promise.resolve('a');
  expect(abortable(work, undefined, neverReleased)).toBe(work);
});

test('rejects with the error of the work', async () => {
  const failure = new Error('no');
  await expect(abortable(Promise.reject(failure), new AbortController().signal, neverReleased)).rejects.toBe(failure);
});

test.each<[end: string, end: (work: PromiseWithResolvers<string>) => void, released: string[]]>([
  ['succeeds', ({ resolve }) => resolve('late'), ['late']],
  ['fails', ({ reject }) => reject(new Error('late')), []],
])('rejects with the reason immediately, and releases a late result, if the work %s', async (_, end, late) => {
  const controller = new AbortController();
  const work = Promise.withResolvers<string>();
  const released: string[] = [];
  const result = abortable(work.promise, controller.signal, (value) => released.push(value));
  const reason = new Error('deadline');
  controller.abort(reason);
  await expect(result).rejects.toBe(reason);
  end(work);
  await new Promise(setImmediate);
  expect(released).toEqual(late);
});

test('rejects if the signal has already aborted', async () => {
  const reason = new Error('deadline');
  await expect(abortable(new Promise(() => {}), AbortSignal.abort(reason), neverReleased)).rejects.toBe(reason);
});

test('ignores an error of release', async () => {
  const controller = new AbortController();
  const work = Promise.withResolvers<string>();
  const rejections: unknown[] = [];
  const onRejection = (error: unknown) => rejections.push(error);
  process.on('unhandledRejection', onRejection);
  const result = abortable(work.promise, controller.signal, neverReleased);
  const reason = new Error('deadline');
  controller.abort(reason);
  work.resolve('late');
  await expect(result).rejects.toBe(reason);
  await new Promise(setImmediate);
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});

test('leaves no listener on the signal', async () => {
  const listeners = new Set<string>();
  const signal = {
    aborted: false,
    reason: undefined,
    addEventListener: (type: string) => listeners.add(type),
    removeEventListener: (type: string) => listeners.delete(type),
  };
  await abortable(Promise.resolve('a'), signal, neverReleased);
  await abortable(Promise.reject(new Error('no')), signal, neverReleased).catch(() => undefined);
  expect(listeners.size).toBe(0);
});
