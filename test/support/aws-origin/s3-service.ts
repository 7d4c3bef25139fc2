import { createHash, randomUUID } from 'node:crypto';
import { type Answer, formatElements, type ReceivedRequest, Refusal } from './exchange.ts';

export interface Bucket {
  /** The id of the AWS account that owns the bucket. */
  readonly owner: string;
  /** The ARN of the only user or role with access. Default: everyone with an access key. */
  readonly reader?: string;
  /** Whether the reader lacks s3:ListBucket. S3 then answers 403 instead of 404 for a missing key. */
  readonly unlisted?: boolean;
  /** Default: the region of the origin. */
  readonly region?: string;
  /** Whether S3 denies requests that do not offer to pay. */
  readonly requesterPays?: boolean;
  /** Objects by key. Tests may change them at any time. */
  readonly objects: Map<string, StoredObject>;
}

export interface StoredObject {
  readonly bytes: Uint8Array;
  /** The response headers of the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether S3 refuses to read the object until it is restored. HEAD still answers 200. */
  readonly archived?: boolean;
}

/** An object with the headers that PutObject would give it. `headers` add to them or override them. */
export const createObject = (bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): StoredObject => ({
  bytes,
  headers: {
    'Content-Type': 'binary/octet-stream',
    ETag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    'Last-Modified': new Date().toUTCString(),
    ...headers,
  },
});

/**
 * Answers GetObject, HeadObject, HeadBucket and ListObjectsV2 in path style. Supports conditions on ETags, and ranges.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * @throws Refusal
 */
export const answerS3 = (request: ReceivedRequest, buckets: ReadonlyMap<string, Bucket>, reader: string): Answer => {
  const { method, path, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'MethodNotAllowed');
  const { bucketName, key } = parsePath(path);
  const bucket = buckets.get(bucketName);
  if (bucket === undefined) throw new Refusal(404, 'NoSuchBucket', { BucketName: bucketName });
  // Presigned URLs have these headers in their query.
  const parameters = new URLSearchParams(request.query);
  const parameter = (name: string) => headers[name] ?? parameters.get(name) ?? undefined;
  const expectedOwner = parameter('x-amz-expected-bucket-owner') ?? bucket.owner;
  if (expectedOwner !== bucket.owner || reader !== (bucket.reader ?? reader)) throw new Refusal(403, 'AccessDenied');
  // HeadBucket has no parameter with which the requester could offer to pay.
  if (bucket.requesterPays === true && parameter('x-amz-request-payer') !== 'requester') {
    throw new Refusal(403, 'AccessDenied');
  }
  if (key === '') return answerBucket(bucket, request);
  const object = bucket.objects.get(decodeURIComponent(key));
  if (object === undefined && bucket.unlisted === true) throw new Refusal(403, 'AccessDenied');
  if (object === undefined) throw new Refusal(404, 'NoSuchKey', { Key: decodeURIComponent(key) });
  return answerObject(object, request);
};

/** The region of the bucket that a request is for; undefined if the origin sets none. */
export const bucketRegion = ({ path }: ReceivedRequest, buckets: ReadonlyMap<string, Bucket>): string | undefined =>
  buckets.get(parsePath(path).bucketName)?.region;

const parsePath = (path: string): { bucketName: string; key: string } => {
  const [, bucketName = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  return { bucketName, key };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const answerBucket = ({ unlisted = false, objects }: Bucket, { path, query }: ReceivedRequest): Answer => {
  if (unlisted) throw new Refusal(403, 'AccessDenied');
  const parameters = new URLSearchParams(query);
  const prefix = parameters.get('prefix') ?? '';
  const token = parameters.get('continuation-token');
  const maxKeys = readMaxKeys(parameters.get('max-keys') ?? '1000');
  const after = Buffer.from(token === null ? '' : readToken(token));
  const listed = [...objects]
    .map(([key, object]) => ({ key, object, bytes: Buffer.from(key) }))
    .filter(({ key, bytes }) => key.startsWith(prefix) && bytes.compare(after) > 0)
    .sort((one, other) => one.bytes.compare(other.bytes));
  const page = listed.slice(0, Math.min(maxKeys, 1000));
  const next = page.length < listed.length ? page.at(-1)?.key : undefined;
  const encode = parameters.get('encoding-type') === 'url' ? encodeText : (text: string) => text;
  const elements = formatElements({
    Name: parsePath(path).bucketName,
    Prefix: encode(prefix),
    ...(token !== null && { ContinuationToken: token }),
    ...(next !== undefined && { NextContinuationToken: formatToken(next) }),
    KeyCount: String(page.length),
    MaxKeys: String(maxKeys),
    IsTruncated: String(next !== undefined),
  });
  const contents = page.map(({ key, object: { bytes, headers } }) => {
    const { ETag = '', 'Last-Modified': lastModified = '', 'x-amz-storage-class': storageClass = 'STANDARD' } = headers;
    return `<Contents>${formatElements({
      Key: encode(key),
      LastModified: new Date(lastModified).toISOString(),
      ETag,
      Size: String(bytes.length),
      StorageClass: storageClass,
    })}</Contents>`;
  });
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${elements}${contents.join('')}</ListBucketResult>`;
  return { status: 200, headers: { ...identify(), 'Content-Type': 'application/xml' }, body };
};

const readMaxKeys = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new Refusal(400, 'InvalidArgument', { ArgumentName: 'maxKeys', ArgumentValue: text });
  return Number(text);
};

/** With the encoding type `url`, S3 writes a space as `+`. */
const encodeText = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');

/** A continuation token of the origin is the key and a checksum of it, so that no other text is a token. */
const formatToken = (key: string): string =>
  Buffer.from(`${createHash('md5').update(key).digest('hex')}${key}`).toString('base64');

const readToken = (token: string): string => {
  const key = Buffer.from(token, 'base64').subarray(32).toString();
  if (formatToken(key) === token) return key;
  throw new Refusal(400, 'InvalidArgument', {
    Message: 'The continuation token provided is incorrect',
    ArgumentName: 'continuation-token',
  });
};

/** The error response of S3. */
export const refuseS3 = ({ status, code, message, details }: Refusal): Answer => ({
  status,
  headers: { ...identify(), 'Content-Type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${formatElements({ Code: code, Message: message, ...details })}</Error>`,
});

const answerObject = ({ bytes, headers, archived = false }: StoredObject, request: ReceivedRequest): Answer => {
  if (archived && request.method === 'GET') throw new Refusal(403, 'InvalidObjectState');
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, 'if-range': ifRange, range } = request.headers;
  const { ETag = '', 'Last-Modified': lastModified = '' } = headers;
  if (ifMatch !== undefined && ifMatch !== ETag)
    throw new Refusal(412, 'PreconditionFailed', { Condition: 'If-Match' });
  if (ifNoneMatch === ETag) {
    return { status: 304, headers: { ...identify(), ETag, 'Last-Modified': lastModified }, body: '' };
  }
  const part = range === undefined || (ifRange ?? ETag) !== ETag ? undefined : readRange(range, bytes.length);
  const body = part === undefined ? bytes : bytes.subarray(part.first, part.last + 1);
  return {
    status: part === undefined ? 200 : 206,
    headers: {
      ...identify(),
      ...headers,
      ...readOverrides(request.query),
      'Accept-Ranges': 'bytes',
      'Content-Length': String(body.length),
      ...(part && { 'Content-Range': `bytes ${part.first}-${part.last}/${bytes.length}` }),
    },
    body,
  };
};

/** Response headers that the query of a signed request sets. */
const readOverrides = (query: string): Readonly<Record<string, string>> => {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries(
    ['Content-Type', 'Content-Disposition', 'Cache-Control'].flatMap((name) => {
      const value = parameters.get(`response-${name.toLowerCase()}`);
      return value === null ? [] : [[name, value]];
    }),
  );
};

const readRange = (range: string, size: number): { first: number; last: number } | undefined => {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === '' && last === '') return undefined;
  const part =
    first === ''
      ? { first: Math.max(0, size - Number(last)), last: size - 1 }
      : { first: Number(first), last: Math.min(size - 1, last === '' ? size - 1 : Number(last)) };
  if (part.first > part.last) {
    throw new Refusal(416, 'InvalidRange', { RangeRequested: range, ActualObjectSize: String(size) });
  }
  return part;
};

/** The headers that S3 adds to every response. */
const identify = (): Record<string, string> => ({
  Server: 'AmazonS3',
  'x-amz-request-id': randomUUID().slice(0, 16).toUpperCase(),
  'x-amz-id-2': randomUUID(),
});
