import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('the service leaks nothing after 500 requests of every kind by 200 clients (npm run test:soak sends more)', async () => {
  const soak = [join(import.meta.dirname, 'run.ts'), '500'];
  const result = await run(process.execPath, ['--expose-gc', '--max-semi-space-size=2', ...soak]).catch(
    (error) => error,
  );
  expect(result.stdout + result.stderr).toMatch(/\nNo leaks and no wrong responses\.\n$/);
}, 120_000);
