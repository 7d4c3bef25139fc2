import { expect, test } from 'vitest';
import { within } from '../../../src/domain/serving/deadline.ts';
import { alarm } from '../../support/alarm.ts';

const never = () => {
  throw new Error('discarded');
};

test('what is given in time is given', async () => {
  expect(await within(1_000, alarm, Promise.resolve('a'), never)).toBe('a');
});

test('a failure in time is that failure', async () => {
  const failure = new Error('no');
  await expect(within(1_000, alarm, Promise.reject(failure), never)).rejects.toBe(failure);
});

test.each<[outcome: string, end: (work: PromiseWithResolvers<string>) => void]>([
  ['given', ({ resolve }) => resolve('late')],
  ['refused', ({ reject }) => reject(new Error('late'))],
])('what is %s later is a store-timeout, and what was given is discarded', async (outcome, end) => {
  const work = Promise.withResolvers<string>();
  const discarded: string[] = [];
  const answer = within(1, alarm, work.promise, (late) => discarded.push(late));
  await expect(answer).rejects.toMatchObject({ name: 'ImageError', code: 'store-timeout' });
  end(work);
  await new Promise(setImmediate);
  expect(discarded).toEqual(outcome === 'given' ? ['late'] : []);
});

test.each([
  ['given its result', async () => 'a'],
  [
    'failed',
    async () => {
      throw new Error('no');
    },
  ],
])('no alarm is left when the work has %s', async (_, work) => {
  let set = 0;
  const counting = () => {
    set++;
    return () => {
      set--;
    };
  };
  const answer = within(1_000, counting, work(), never);
  expect(set).toBe(1);
  await answer.catch(() => undefined);
  expect(set).toBe(0);
});
