import type { TestProject } from 'vitest/node';
import { startMotoServer } from '../../support/moto-server.ts';
import { installPythonPackages } from '../../support/python-packages.ts';
import { createAccounts } from './accounts.ts';
import { createOperator } from './operator.ts';

/** Starts moto, creates everything that the tests need, then makes moto check every request. Returns the teardown. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const python = await installPythonPackages('test/emulated/aws/requirements.txt', '.venv/aws');
  const { url, stop } = await startMotoServer(python);
  try {
    provide('operator', await createOperator(url));
    provide('accounts', await createAccounts(url));
    await enforceIam(url);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};

/**
 * Makes moto check signatures, policies and trust policies from the next request on. Before, it allows every request.
 * https://docs.getmoto.org/en/latest/docs/iam.html
 */
const enforceIam = async (url: string): Promise<void> => {
  const { ok } = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!ok) throw new Error('moto refused to turn its permission checks on.');
};
