import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('nothing stays behind of 500 requests of every kind by 200 clients: npm run test:soak has more of them', async () => {
  const soak = [join(import.meta.dirname, 'run.ts'), '500'];
  const ended = await run(process.execPath, ['--expose-gc', '--max-semi-space-size=2', ...soak]).catch(
    (error) => error,
  );
  expect(ended.stdout + ended.stderr).toMatch(/\nNothing stays behind\.\n$/);
}, 120_000);
