/** Bytes of each image in the benchmark's bucket. A MB is 1,000,000 bytes. */
export const SIZES = {
  '10 KB': 10_000,
  '100 KB': 100_000,
  '1 MB': 1_000_000,
  '4 MB': 4_000_000,
  '25 MB': 25_000_000,
  '200 MB': 200_000_000,
} as const;

export type Size = keyof typeof SIZES;

/** The sizes whose latency is measured, from small to large. */
export const LATENCY_SIZES = ['10 KB', '100 KB', '1 MB', '4 MB', '25 MB'] as const;

export const BUCKET = 'images';

/** The path of an image below the stage. It is also its key: the benchmark sets no mapping. */
export const pathOf = (size: Size): string => `partnerimages/67/28/${SIZES[size]}.jpeg`;

/** The ETag of every image. */
export const ETAG = '"9b2cf535f27731c974343645a3985328"';
