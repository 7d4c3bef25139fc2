import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exportsOf, importersOf } from './account.ts';
import { ACCOUNT, endpoint, folder, REGION } from './emulator.ts';

/** The `-c` options of CDK, by name. */
export type Options = Readonly<Record<string, string>>;

/**
 * Runs the CDK CLI against the emulator. Returns its standard output.
 *
 * @param account the account of the credentials.
 */
export const cdk = async (
  args: readonly string[],
  options: Options = {},
  account: string = ACCOUNT,
): Promise<string> => {
  const context = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args, ...context], {
    // The emulator takes an access key of 12 digits for the ID of the account.
    env: { ...ENVIRONMENT, AWS_ACCESS_KEY_ID: account, CDK_DEFAULT_ACCOUNT: account },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], output, errors] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`cdk ${args.join(' ')} exited with code ${code}\n${output}${errors}`);
  return output;
};

/** The environment variables of the CDK CLI, without the AWS configuration of the machine that runs the tests. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: folder,
  CI: 'true',
  AWS_ENDPOINT_URL: endpoint,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
};

/**
 * Deploys all stacks of an environment. First it checks a rule of CloudFormation that the emulator does not enforce: a stack
 * cannot remove an export that another stack imports. Only the global stack has exports, and CDK updates it first.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
export const deployAll = async (options: Options): Promise<void> => {
  const assembly = join(folder, 'assembly');
  await cdk(['synth', '--quiet', '--output', assembly], options);
  const template = JSON.parse(await readFile(join(assembly, `${GLOBAL}.template.json`), 'utf8'));
  const outputs: readonly { Export?: { Name: string } }[] = Object.values(template.Outputs);
  const kept = outputs.map(({ Export }) => Export?.Name);
  for (const exported of await exportsOf(GLOBAL)) {
    const importers = kept.includes(exported) ? [] : await importersOf(exported);
    if (importers.length > 0) {
      throw new Error(`Export ${exported} cannot be deleted as it is in use by ${importers.join(' and ')}`);
    }
  }
  await cdk(['deploy', '--all', '--app', assembly, '--require-approval', 'never']);
};

export const GLOBAL = 'images-api-global-dev';
