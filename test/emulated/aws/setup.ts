import type { TestProject } from 'vitest/node';
import { startMotoServer } from '../../support/moto-server.ts';
import { installPythonPackages } from '../../support/python-packages.ts';
import { createAccounts } from './accounts.ts';
import { createOperator } from './operator.ts';

/** Starts moto with everything that the tests need, and lets it check every request after that. Returns the teardown. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const python = await installPythonPackages('test/emulated/aws/requirements.txt', '.venv/aws');
  const { url, stop } = await startMotoServer(python);
  try {
    provide('operator', await createOperator(url));
    provide('accounts', await createAccounts(url));
    await checkRequests(url);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};

/**
 * From the next request on, moto checks signatures, policies and trust; until then everybody may do everything.
 * https://docs.getmoto.org/en/latest/docs/iam.html
 */
const checkRequests = async (url: string): Promise<void> => {
  const { ok } = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!ok) throw new Error('moto does not turn its checks on.');
};
