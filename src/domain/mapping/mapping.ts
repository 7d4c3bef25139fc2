/** Maps the paths of one shape to keys. Both sides are templates of the mapping language. */
export interface Route {
  readonly path: string;
  readonly key: string;
  /** Permits a key without some names of the path, so that several paths share one object. Default: false. */
  readonly lossy?: boolean;
}

export interface Mapping {
  /** The folder of the bucket that holds every key, with or without a trailing slash. Default: the root of the bucket. */
  readonly prefix?: string;
  /** The first route that matches wins. Default: `IDENTITY_ROUTE`. */
  readonly routes?: readonly Route[];
}

/** The key is the path, for every image extension. */
export const IDENTITY_ROUTE: Route = { path: '{path+}.{ext:image}', key: '{path+}.{ext}' };

/** Bytes of UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;

/** Whether `text` has more than `bytes` bytes of UTF-8. */
export const isLongerThan = (bytes: number, text: string): boolean => {
  // A UTF-16 code unit takes 1 to 3 bytes, so most texts need not be encoded.
  // Stryker disable next-line ConditionalExpression: equivalent, the check only saves time
  if (text.length > bytes) return true;
  // Stryker disable next-line ConditionalExpression,EqualityOperator: equivalent, the check only saves time
  if (text.length * 3 <= bytes) return false;
  return encodeURIComponent(text).replace(/%../g, '%').length > bytes;
};
