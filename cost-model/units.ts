/** As AWS counts when it bills: a GB is 1,024 MB. https://aws.amazon.com/lambda/pricing/ */
export const KB = 1024;
export const MB: number = 1024 * KB;
export const GB: number = 1024 * MB;

export const SECONDS_PER_DAY: number = 24 * 60 * 60;

/** What is published and billed per million, mostly. */
export const MILLION = 1_000_000;
