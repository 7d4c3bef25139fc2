import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMinistackServer } from './ministack-server.ts';
import { installPythonPackages } from './python-packages.ts';

/** `npm run test:deploy`: test/emulated/deploy against ministack, with the CLI of CDK, from bootstrap to destroy. */
const main = async (): Promise<number> => {
  const python = await installPythonPackages('test/emulated/deploy/requirements.txt', '.venv/deploy');
  const folder = await mkdtemp(join(tmpdir(), 'images-api-deploy-'));
  const ministack = await startMinistackServer(python, folder);
  process.stdout.write(`ministack listens on ${ministack.url}.\n`);
  try {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.deploy.config.ts'];
    const tests = spawn(process.execPath, [...vitest, ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: { ...process.env, MINISTACK_URL: ministack.url, DEPLOY_FOLDER: folder },
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => tests.kill(signal));
    const [code] = await once(tests, 'exit');
    return code ?? 1;
  } finally {
    await ministack.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
