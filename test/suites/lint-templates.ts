import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installPythonPackages } from '../support/python-packages.ts';
import { EVERY_SETTING } from '../support/template-variants.ts';

/**
 * `npm run lint:templates`: runs cfn-lint on the templates that CDK synthesizes from cdk.json, once with an owner and once
 * with every setting.
 */
const main = async (): Promise<number> => {
  const python = await installPythonPackages('test/infra/requirements.txt', '.venv/cfn-lint');
  const folder = mkdtempSync(join(tmpdir(), 'images-api-templates-'));
  try {
    VARIANTS.forEach((options, index) => {
      const output = join(folder, String(index));
      run(process.execPath, ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', output, ...options]);
    });
    const templates = globSync(join(folder, '**/*.template.json'));
    process.stdout.write(`cfn-lint reads ${templates.length} templates ...\n`);
    return spawnSync(join(dirname(python), 'cfn-lint'), ['--', ...templates], { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const VARIANTS: readonly (readonly string[])[] = [
  ['-c', 'owner=alice'],
  Object.entries(EVERY_SETTING).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

const run = (command: string, args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cdk exited with code ${status}.\n${stdout}${stderr}`);
};

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
