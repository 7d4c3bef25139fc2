/** The bucket that every rival reads, alone in its process. Says where it listens; waits, if told so, before it answers. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StoredObject, startS3Origin } from '../test/emulated/lambda/s3-origin.ts';
import { BUCKET, pathOf, SIZES, type Size } from './images.ts';

const delay = Number(process.argv[2] ?? 0);
const noise = randomBytes(1_000_000);
const objects = Object.fromEntries(
  (Object.keys(SIZES) as Size[]).map((size): [string, StoredObject] => {
    let bytes: Buffer | undefined;
    const object = {
      contentType: 'image/jpeg',
      // Made when it is first asked for: the largest ones are not for everybody.
      get bytes() {
        bytes ??= Buffer.alloc(SIZES[size], noise);
        return bytes;
      },
    };
    return [`${BUCKET}/${pathOf(size)}`, object];
  }),
);

const origin = await startS3Origin(objects, delay === 0 ? undefined : () => sleep(delay));
process.stdout.write(`${origin.url}\n`);
