/** Serves the bucket that all contestants read, and prints its URL. Argument: milliseconds to wait before each response. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { startAwsOrigin } from '../test/support/aws-origin/aws-origin.ts';
import type { StoredObject } from '../test/support/aws-origin/s3-service.ts';
import { BUCKET, ETAG, pathOf, SIZES, type Size } from './images.ts';

const delay = Number(process.argv[2] ?? 0);
const noise = randomBytes(1_000_000);
const objects = new Map(
  (Object.keys(SIZES) as Size[]).map((size): [string, StoredObject] => {
    let bytes: Buffer | undefined;
    const object = {
      headers: {
        'Content-Type': 'image/jpeg',
        ETag: ETAG,
        'Last-Modified': 'Wed, 12 Oct 2022 17:50:00 GMT',
      },
      // Created on the first request, because few measurements read the largest images.
      get bytes() {
        bytes ??= Buffer.alloc(SIZES[size], noise);
        return bytes;
      },
    };
    return [pathOf(size), object];
  }),
);

const origin = await startAwsOrigin({ trusting: true });
origin.buckets.set(BUCKET, { owner: '111111111111', objects });
if (delay > 0) {
  origin.intervene(({ method }, { status, headers, body }) => (response) => {
    setTimeout(() => response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body), delay);
  });
}
process.stdout.write(`${origin.client.endpoint}\n`);
