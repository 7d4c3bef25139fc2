import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Installs the packages of a requirements file into a virtual environment, unless they are installed already.
 *
 * @returns the path of the Python interpreter in the virtual environment.
 * @throws Error that says how to fix the problem.
 */
export const installPythonPackages = async (requirements: string, environment: string): Promise<string> => {
  const python = join(environment, 'bin', 'python');
  // This file is written last, so it exists only if the installation succeeded.
  const installed = join(environment, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(installed, 'utf8').catch(() => '')) === wanted) return python;

  checkPython();
  print(`Creating a virtual environment in ${environment} ...`);
  run('python3', ['-m', 'venv', '--clear', environment], 'On Debian or Ubuntu: apt-get install python3-venv');
  print(`Installing ${requirements} into it; this happens once and takes about half a minute ...`);
  run(
    python,
    ['-m', 'pip', 'install', ...PIP_OPTIONS, '-r', requirements],
    'Check that the Python package index can be reached.',
  );
  await writeFile(installed, wanted);
  return python;
};

const PIP_OPTIONS = ['--quiet', '--no-input', '--disable-pip-version-check'];
const OLDEST = 10;

const checkPython = (): void => {
  const { error, stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  const [, minor] = /^Python 3\.(\d+)/.exec(stdout ?? '') ?? [];
  if (error !== undefined || Number(minor ?? 0) < OLDEST) {
    const found = stdout?.trim() || 'none';
    throw new Error(
      `The emulators and cfn-lint need python3, version 3.${OLDEST} or later, on the PATH (found: ${found}). Install Python.`,
    );
  }
};

const run = (command: string, args: readonly string[], advice: string): void => {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  const output = [stdout, stderr, error?.message].filter(Boolean).join('\n').trim();
  throw new Error(`${[command, ...args].join(' ')} failed. ${advice}\n${output}`);
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);
