/** The images of the origin, by how large they are, in bytes. */
export const SIZES = {
  '10 KB': 10_000,
  '100 KB': 100_000,
  '1 MB': 1_000_000,
  '4 MB': 4_000_000,
  '25 MB': 25_000_000,
  '200 MB': 200_000_000,
} as const;

export type Size = keyof typeof SIZES;

export const BUCKET = 'images';

/** Below the stage, and below the bucket: the mapping is the one of a service that has none. */
export const pathOf = (size: Size): string => `partnerimages/67/28/${SIZES[size]}.jpeg`;

/** The entity tag of every image. */
export const ETAG = '"9b2cf535f27731c974343645a3985328"';
