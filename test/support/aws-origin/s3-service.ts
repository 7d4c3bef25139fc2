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
  const expectedOwner = headers['x-amz-expected-bucket-owner'] ?? bucket.owner;
  if (expectedOwner !== bucket.owner || reader !== (bucket.reader ?? reader)) throw new Refusal(403, 'AccessDenied');
  // HeadBucket has no parameter with which the requester could offer to pay.
  if (bucket.requesterPays === true && headers['x-amz-request-payer'] !== 'requester') {
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
const answerBucket = ({ unlisted = false, objects }: Bucket, { query }: ReceivedRequest): Answer => {
  if (unlisted) throw new Refusal(403, 'AccessDenied');
  const prefix = new URLSearchParams(query).get('prefix') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
  const contents = keys.map((key) => `<Contents>${formatElements({ Key: key })}</Contents>`).join('');
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult>${contents}</ListBucketResult>`;
  return { status: 200, headers: { ...identify(), 'Content-Type': 'application/xml' }, body };
};

/** The error response of S3. */
export const refuseS3 = ({ status, code, message, details }: Refusal): Answer => ({
  status,
  headers: { ...identify(), 'Content-Type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${formatElements({ Code: code, Message: message, ...details })}</Error>`,
});

const answerObject = ({ bytes, headers, archived = false }: StoredObject, request: ReceivedRequest): Answer => {
  if (archived && request.method === 'GET') throw new Refusal(403, 'InvalidObjectState');
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, range } = request.headers;
  const { ETag = '', 'Last-Modified': lastModified = '' } = headers;
  if (ifMatch !== undefined && ifMatch !== ETag)
    throw new Refusal(412, 'PreconditionFailed', { Condition: 'If-Match' });
  if (ifNoneMatch === ETag) {
    return { status: 304, headers: { ...identify(), ETag, 'Last-Modified': lastModified }, body: '' };
  }
  const part = range === undefined ? undefined : readRange(range, bytes.length);
  const body = part === undefined ? bytes : bytes.subarray(part.first, part.last + 1);
  return {
    status: part === undefined ? 200 : 206,
    headers: {
      ...identify(),
      ...headers,
      'Accept-Ranges': 'bytes',
      'Content-Length': String(body.length),
      ...(part && { 'Content-Range': `bytes ${part.first}-${part.last}/${bytes.length}` }),
    },
    body,
  };
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
