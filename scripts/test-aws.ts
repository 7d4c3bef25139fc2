import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startMotoServer } from './moto-server.ts';
import { installPythonPackages } from './python-packages.ts';

/** `npm run test:aws`: test/emulated/aws against moto, which checks signatures, policies and trust as AWS does. */
const main = async (): Promise<number> => {
  const python = await installPythonPackages('test/emulated/aws/requirements.txt', '.venv/aws');
  const moto = await startMotoServer(python);
  process.stdout.write(`moto listens on ${moto.url}.\n`);
  try {
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'vitest.aws.config.ts',
      ...process.argv.slice(2),
    ];
    const tests = spawn(process.execPath, vitest, { stdio: 'inherit', env: { ...process.env, MOTO_URL: moto.url } });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => tests.kill(signal));
    const [code] = await once(tests, 'exit');
    return code ?? 1;
  } finally {
    await moto.stop();
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
