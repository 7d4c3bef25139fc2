import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { apiKeyName, apiStackName, FIRST_GENERATION, usagePlanName } from '../settings/names.ts';
import { SettingsError } from '../settings/setting.ts';
import { toPathMapping } from '../settings/settings.ts';
import { readPathMapping, readSettings, type Variables } from '../settings/variables.ts';
import { formatHopReport, formatVerdict } from './doctor-report.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { explainPath, formatPathReport } from './explain.ts';
import { DOCTOR_HELP, EXPLAIN_HELP } from './help.ts';
import { type Options, variableOf, withOptions } from './setting-options.ts';

/** What a command writes to. Colour is used where it is a terminal that shows it. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Runs `images-api` with the arguments that follow its name.
 *
 * @returns its exit code.
 */
export const runCommand = async (args: readonly string[], env: Variables, streams: Streams): Promise<number> => {
  let exitCode: number = EXIT_CODES.ok;
  const program = createProgram(env, streams, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // What commander throws, it has told already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    if (!(error instanceof SettingsError)) throw error;
    streams.stderr.write(`${error.message}\n`);
    return EXIT_CODES.usage;
  }
};

const createProgram = (env: Variables, { stdout, stderr }: Streams, exit: (code: number) => void): Command => {
  const program = new Command('images-api')
    .description('Tell what the service makes of a path, and why it cannot read its images.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('Add --help for what can be said.');

  program
    .command('explain')
    .description('Show what each route makes of a path, and its key. Nothing is asked of AWS.')
    .argument('<path>', 'the path, as it stands in a URL below the stage')
    .addOption(override('prefix', '<folder>', 'the folder of the bucket'))
    .addOption(override('mapping', '<file or JSON>', 'the mapping'))
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXPLAIN_HELP)
    .action((path: string, { json, ...options }: Options & { json?: true }) => {
      const report = explainPath(path, readPathMapping(withOptions(env, readMappingFile(options))));
      stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatPathReport(report));
      exit(report.key === undefined ? EXIT_CODES.noKey : EXIT_CODES.ok);
    });

  program
    .command('doctor')
    .description('Walk from the credentials to the images and the API key, and name the first hop that is broken.')
    .addOption(override('environment', '<name>', 'such as dev or prod'))
    .addOption(override('bucket', '<name>', 'the bucket'))
    .addOption(override('bucketOwner', '<account id>', 'the account that has to own it'))
    .addOption(override('prefix', '<folder>', 'the folder of the bucket'))
    .addOption(override('mapping', '<file or JSON>', 'the mapping'))
    .addOption(override('role', '<ARN>', 'the role that reads the bucket'))
    .addOption(override('externalId', '<id>', 'what that role asks for'))
    .option('--sample <path>', 'a path whose image has to be there, as explain takes it')
    .option('--secret <name>', `the secret with the API key (default: ${defaultSecret('<environment>')})`)
    .option('--usage-plan <name>', `the usage plan of the API (default: ${defaultUsagePlan('<environment>')})`)
    .option('--json', 'print one JSON document')
    .addHelpText('after', DOCTOR_HELP)
    .action(async ({ json, sample, secret, usagePlan, ...options }: DoctorOptions) => {
      const settings = readSettings(withOptions(env, readMappingFile(options)));
      const { environment, bucket, bucketAccount: owner, readerRoleArn: arn, externalId } = settings;
      // Only now: nothing else here needs the SDK, which takes longer to load than explain to answer.
      const { examine } = await import('./doctor.ts');
      const patient = {
        bucket,
        owner,
        role: arn === undefined ? undefined : { arn, externalId },
        mapping: toPathMapping(settings),
        sample,
        secret: secret ?? defaultSecret(environment),
        usagePlan: usagePlan ?? defaultUsagePlan(environment),
      };
      const diagnosis = await examine(patient, (report) => {
        if (!json) stdout.write(formatHopReport(report, stdout));
      });
      stdout.write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : formatVerdict(diagnosis, stdout));
      exit(diagnosis.exitCode);
    });

  return program;
};

type DoctorOptions = Options & {
  readonly json?: true;
  readonly sample?: string;
  readonly secret?: string;
  readonly usagePlan?: string;
};

const defaultSecret = (environment: string): string => apiKeyName(environment, FIRST_GENERATION);

const defaultUsagePlan = (environment: string): string => usagePlanName(apiStackName(environment));

/** An option that takes the place of a variable. */
const override = (name: keyof Options, value: string, description: string): Option => {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new Option(`--${flag} ${value}`, `${description}, in place of ${variableOf(name)}`);
};

/** A mapping is given as it is, or as the name of a file that holds it. */
const readMappingFile = ({ mapping, ...options }: Options): Options => {
  if (mapping === undefined) return options;
  if (mapping.trimStart().startsWith('{')) return { ...options, mapping };
  try {
    return { ...options, mapping: readFileSync(mapping, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError([`--mapping: ${mapping} cannot be read (${code}); name a file, or write {"routes": […]}`]);
  }
};

/** Asked for by name, the package is found from the sources and from what is built of them. */
const readVersion = (): string => createRequire(import.meta.url)('images-api/package.json').version;
