import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Sends none of the bytes behind these, and resets the connection instead, when `until` resolves: however often it is asked. */
  readonly cut?: { readonly after: number; readonly until: Promise<void> };
}

export interface S3Origin {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  close(): Promise<void>;
}

export const ETAG = '"9b2cf535f27731c974343645a3985328"';
export const LAST_MODIFIED = 'Wed, 12 Oct 2022 17:50:00 GMT';

/**
 * One bucket that speaks as much of S3 as the service asks of it: GetObject and HeadObject, of objects by `/bucket/key`.
 *
 * @param think is waited for before each answer.
 */
export const startS3Origin = async (
  objects: Readonly<Record<string, StoredObject>>,
  think?: () => Promise<void>,
): Promise<S3Origin> => {
  const server = createServer(async (request, response) => {
    await think?.();
    await answer(objects, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

const answer = async (
  objects: Readonly<Record<string, StoredObject>>,
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const object = objects[decodeURIComponent(new URL(url, 'http://origin').pathname.slice(1))];
  if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) return refuse(response, 403, 'AccessDenied');
  if (object === undefined) return refuse(response, 404, 'NoSuchKey');
  if (headers['if-match'] !== undefined && headers['if-match'] !== ETAG)
    return refuse(response, 412, 'PreconditionFailed');
  const { bytes, contentType, cut } = object;
  const range = headers.range === undefined ? undefined : resolve(headers.range, bytes.length);
  if (range !== undefined && range.first > range.last) {
    return refuse(response, 416, 'InvalidRange', `<ActualObjectSize>${bytes.length}</ActualObjectSize>`);
  }
  const body = range === undefined ? bytes : bytes.subarray(range.first, range.last + 1);
  response.writeHead(range === undefined ? 200 : 206, {
    'Content-Type': contentType,
    'Content-Length': body.length,
    ETag: ETAG,
    'Last-Modified': LAST_MODIFIED,
    ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${bytes.length}` }),
  });
  if (cut === undefined) return void response.end(method === 'HEAD' ? undefined : body);
  response.write(body.subarray(0, Math.max(cut.after - (range?.first ?? 0), 0)));
  await cut.until;
  response.socket?.resetAndDestroy();
};

const resolve = (field: string, size: number): { first: number; last: number } => {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(field) ?? [];
  if (first === '') return { first: Math.max(size - Number(last), 0), last: size - 1 };
  return { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
};

const refuse = (response: ServerResponse, status: number, code: string, details = ''): void => {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>${details}</Error>`);
};
