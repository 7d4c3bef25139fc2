import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

test('images-api ends without an error if the reader of its output ends first', async () => {
  const child = spawn(process.execPath, ['src/cli/images-api.ts', 'explain', 'a.jpeg'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const [[code], errors] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  expect([code, errors]).toEqual([0, '']);
});
