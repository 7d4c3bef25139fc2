import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startMinistackServer } from '../../support/ministack-server.ts';
import { startMotoServer } from '../../support/moto-server.ts';
import { installPythonPackages } from '../../support/python-packages.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { createAccounts } from './accounts.ts';
import { createOperator } from './operator.ts';
import { createSigningAccount } from './signing-account.ts';

/** Starts moto and ministack, and creates everything that the tests need in them. Returns the teardown. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'images-api-aws-'));
  // The exit handler also runs after Ctrl-C and if an emulator does not start.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const started: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    const ministack = await installPythonPackages('test/emulated/deploy/requirements.txt', '.venv/deploy');
    const { url: signingUrl } = await start(startMinistackServer(ministack, folder, { auth: true }), started);
    provide('signing', await createSigningAccount(signingUrl));

    const moto = await installPythonPackages('test/emulated/aws/requirements.txt', '.venv/aws');
    const { url } = await start(startMotoServer(moto), started);
    provide('operator', await createOperator(url));
    provide('accounts', await createAccounts(url));
    // moto checks every request from now on.
    await enforceIam(url);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Waits for a server, and remembers to stop it. */
const start = async (starting: Promise<ServerProcess>, started: ServerProcess[]): Promise<ServerProcess> => {
  const server = await starting;
  started.push(server);
  return server;
};

/**
 * Makes moto check signatures, policies and trust policies from the next request on. Before, it allows every request.
 * https://docs.getmoto.org/en/latest/docs/iam.html
 */
const enforceIam = async (url: string): Promise<void> => {
  const { ok } = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!ok) throw new Error('moto refused to turn its permission checks on.');
};
