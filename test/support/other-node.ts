import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

/** The path of the Node.js that runs the Lambda bundle and the package in tests. Default: the Node.js of the tests. */
export const NODE: string = process.env['NODE_UNDER_TEST'] ?? process.execPath;

/** The lowest version that package.json allows, for example `22.12.0`. */
const LOWEST = `${manifest.engines.node.replace('>=', '')}.0`;

/**
 * The versions of `npm run test:node`: the lowest version that `engines` allows, and the newest major. All other tests run
 * on the version between them, which Lambda runs.
 */
export const OTHER_VERSIONS: readonly string[] = [LOWEST, '26.10.0'];

const folderOf = (version: string): string => join(import.meta.dirname, '../../node_modules/.cache/node', version);

export const otherNode = (version: string): string => join(folderOf(version), 'node_modules/.bin/node');

/**
 * Installs a version of Node.js with npm, unless it is installed already. The project does not depend on it, because
 * only `npm run test:node` uses it.
 *
 * @throws Error that says how to fix the problem.
 */
export const installNode = (version: string): void => {
  const isInstalled = () =>
    spawnSync(otherNode(version), ['--version'], { encoding: 'utf8' }).stdout === `v${version}\n`;
  if (isInstalled()) return;
  process.stdout.write(`Installing Node.js ${version} from the npm registry ...\n`);
  const folder = folderOf(version);
  mkdirSync(folder, { recursive: true });
  // The script of the package fetches the binary for this platform.
  const project = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  const { stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, encoding: 'utf8' });
  if (isInstalled()) return;
  throw new Error(
    `npm could not install Node.js ${version} into ${folder}. Check that the npm registry can be reached.\n${stderr}`,
  );
};
