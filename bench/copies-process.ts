/** Prints how many bytes the handler of a bundle receives and copies for one image, as JSON. */
import { Writable } from 'node:stream';
import { proxyEvent } from '../test/support/events.ts';
import { countCopies } from './copy-counter.ts';
import { pathOf, SIZES } from './images.ts';
import { loadHandler } from './lambda-global.ts';

const SIZE = '1 MB';
const [taskRoot = '', name = '', mode] = process.argv.slice(2);
const handler = await loadHandler(taskRoot, name);
const context = { awsRequestId: 'copies', getRemainingTimeInMillis: () => 30_000 };

/** Returns the number of bytes that arrived, after decoding base64. */
const fetchImage = async (): Promise<number> => {
  const event = proxyEvent(pathOf(SIZE));
  if (mode === 'buffered') {
    const { body } = (await handler(event, context as never)) as unknown as { body: string };
    return (body.length / 4) * 3 - (/=*$/.exec(body)?.[0].length ?? 0);
  }
  let received = 0;
  const sink = new Writable({
    write: (chunk: Uint8Array, _, done) => {
      received += chunk.length;
      done();
    },
  });
  await handler(event, { startResponse: () => sink }, context);
  return received;
};

await fetchImage();
const copies = countCopies();
const received = await fetchImage();
const copied = copies();
if (received !== SIZES[SIZE]) throw new Error(`Received ${received} bytes, expected ${SIZES[SIZE]}.`);
process.stdout.write(`${JSON.stringify({ copied, received })}\n`);
