import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDER = import.meta.dirname;

/** Programs that the build needs. */
const TOOLS = ['cmake', 'make', 'cc', 'g++', 'python3', 'xz'];

/**
 * Installs AWS's runtime client into this folder, unless it is installed already. The project does not depend on it,
 * because it compiles C++ for a minute or more and only tests and benchmarks use it.
 *
 * @throws Error that says what is missing.
 */
export const installRuntimeClient = (): void => {
  if (isInstalled()) return;
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (process.platform !== 'linux') {
    throw new Error(`AWS's runtime client can only be built on Linux, but this machine runs ${process.platform}.`);
  }
  if (missing.length > 0) {
    throw new Error(
      `AWS's runtime client is compiled from C++, but these programs are missing: ${missing.join(', ')}.\n` +
        'On Debian or Ubuntu: apt-get install cmake make g++ python3 xz-utils',
    );
  }
  process.stdout.write("Building AWS's runtime client, which takes a minute or more ...\n");
  const { status } = spawnSync('npm', ['ci'], { cwd: FOLDER, stdio: 'inherit', env: { ...process.env, ...headers() } });
  if (status !== 0 || !isInstalled()) {
    throw new Error(`AWS's runtime client could not be built in ${FOLDER}. See the output of npm ci above.`);
  }
};

/** Whether the version of the lock file is installed and compiled. npm itself does not check the compiled file. */
const isInstalled = (): boolean => {
  const wanted = readIntegrity(join(FOLDER, 'package-lock.json'));
  const found = readIntegrity(join(FOLDER, 'node_modules/.package-lock.json'));
  return wanted === found && existsSync(join(FOLDER, 'node_modules/aws-lambda-ric/rapid-client.node'));
};

const readIntegrity = (lock: string): unknown =>
  existsSync(lock)
    ? JSON.parse(readFileSync(lock, 'utf8')).packages['node_modules/aws-lambda-ric']?.integrity
    : undefined;

/**
 * Environment variable that points node-gyp at the headers of the pinned Node. Otherwise node-gyp would download them from
 * nodejs.org, but only the package registry may be reachable. https://github.com/nodejs/node-gyp#environment-variables
 */
const headers = (): Readonly<Record<string, string>> => {
  const folder = join(dirname(process.execPath), '..');
  const pinned = join(folder, `node_modules/node-${process.platform}-${process.arch}`);
  const found = [folder, pinned].find((candidate) => existsSync(join(candidate, 'include/node/node_api.h')));
  return found === undefined ? {} : { npm_package_config_node_gyp_nodedir: found };
};
