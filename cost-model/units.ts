/** A MB of AWS. Its pricing examples count 1,024 MB as a GB. The pages of this project show MB of 1,000,000 bytes. */
export const AWS_MB: number = 1024 * 1024;
export const AWS_GB: number = 1024 * AWS_MB;

export const SECONDS_PER_DAY: number = 24 * 60 * 60;

/** Costs are computed for so many images. */
export const MILLION = 1_000_000;
