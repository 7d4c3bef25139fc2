import type { ImageLocator, LocateOptions } from '../../src/domain/serving/ports.ts';

export interface TestLocator extends ImageLocator {
  readonly calls: readonly (Omit<LocateOptions, 'signal'> & { readonly key: string })[];
}

/** When the URLs of the locator stop working. */
export const EXPIRES: number = Date.UTC(2026, 0, 1, 0, 5);

export const urlOf = (key: string): string => `https://bucket.example/${key}?signature`;

/** A locator without a store. It records its calls. */
export const createTestLocator = (): TestLocator => {
  const calls: TestLocator['calls'][number][] = [];
  return {
    calls,
    locate: async (key, { signal, ...options }) => {
      if (signal?.aborted === true) throw signal.reason;
      calls.push({ key, ...options });
      return { url: urlOf(key), expires: EXPIRES };
    },
  };
};
