/** `npm run bucket-policy -- --environment dev`: prints the statements that the owner of a bucket adds to its policy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bucketPolicy } from '../infra/app/bucket-policy.ts';
import { readSettings } from '../infra/app/settings.ts';
import { SettingsError } from '../src/settings/setting.ts';

const USAGE = 'npm run bucket-policy -- --environment dev [-c dev.account=111111111111 …]';

/** Reads `--environment`, and `-c` with the syntax of `cdk`. */
const readOptions = (): Readonly<Record<string, string>> => {
  const { values } = parseArgs({
    options: { environment: { type: 'string' }, context: { type: 'string', short: 'c', multiple: true, default: [] } },
  });
  if (values.environment === undefined) throw new SettingsError([`--environment: missing; run ${USAGE}`]);
  const pairs = values.context.map((option) => option.split(/=(.*)/s));
  return { ...Object.fromEntries(pairs), environment: values.environment };
};

try {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8'));
  const { environments } = readSettings({ ...context, ...readOptions() });
  for (const settings of environments) {
    process.stdout.write(`${JSON.stringify(bucketPolicy(settings), null, 2)}\n`);
    if (settings.kmsKeyArn === undefined) continue;
    process.stderr.write(
      `The policy of the key ${settings.kmsKeyArn} must also allow kms:Decrypt to this principal, under the same condition.\n`,
    );
  }
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError || error instanceof TypeError ? error.message : error}\n`);
  process.exitCode = 1;
}
