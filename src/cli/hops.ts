export type HopName = 'identity' | 'role' | 'bucket' | 'prefix' | 'sample' | 'secret' | 'usage-plan';

interface Hop {
  readonly exitCode: number;
  readonly needs: readonly HopName[];
  /** What holds when the hop does. */
  readonly claim: string;
}

/**
 * The way that the doctor walks, in its order. A hop whose `needs` did not hold is not tried; the first that is broken
 * gives the command its exit code.
 */
export const HOPS: Readonly<Record<HopName, Hop>> = {
  identity: { exitCode: 10, needs: [], claim: 'AWS knows who runs the command' },
  role: { exitCode: 11, needs: ['identity'], claim: 'they may assume the role that reads the images' },
  bucket: { exitCode: 12, needs: ['role'], claim: 'the bucket exists, in this region' },
  prefix: { exitCode: 13, needs: ['bucket'], claim: 'the keys below the prefix may be listed, and there are some' },
  sample: { exitCode: 14, needs: ['prefix'], claim: 'a path has a key, and its image can be read' },
  secret: { exitCode: 15, needs: ['identity'], claim: 'the secret that holds the API key exists' },
  'usage-plan': { exitCode: 16, needs: ['identity'], claim: 'the usage plan has a stage, and a key that may call it' },
};
