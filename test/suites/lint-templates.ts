import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installPythonPackages } from '../support/python-packages.ts';
import { VARIANTS } from '../support/template-variants.ts';

/**
 * `npm run lint:templates`: runs cfn-lint on the templates that the CDK CLI synthesizes from cdk.json, with the options of
 * each variant.
 */
const main = async (): Promise<number> => {
  const python = await installPythonPackages('test/infra/requirements.txt', '.venv/cfn-lint');
  const folder = mkdtempSync(join(tmpdir(), 'images-api-templates-'));
  try {
    Object.entries(VARIANTS).forEach(([name, variant], index) => {
      process.stdout.write(`cdk synth: ${name}\n`);
      const options = Object.entries(variant).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const output = join(folder, String(index));
      run(process.execPath, [
        'node_modules/aws-cdk/bin/cdk',
        'synth',
        '--all',
        '--quiet',
        '--output',
        output,
        ...options,
      ]);
    });
    const templates = globSync(join(folder, '**/*.template.json'));
    process.stdout.write(`cfn-lint reads ${templates.length} templates ...\n`);
    return spawnSync(join(dirname(python), 'cfn-lint'), ['--', ...templates], { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

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
