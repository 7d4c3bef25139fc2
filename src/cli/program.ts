import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { apiKeyName, apiStackName, FIRST_GENERATION, usagePlanName } from '../settings/names.ts';
import { SettingsError } from '../settings/setting.ts';
import { CLIENT_VARIABLES, toPathMapping } from '../settings/settings.ts';
import { readPathMapping, readSettings, type Variables } from '../settings/variables.ts';
import { CHECKS, runChecks } from './doctor.ts';
import { explainPath, formatPathReport } from './explain.ts';
import { MissingPackagesError } from './optional-packages.ts';
import { formatCheck, formatSummary, formatVerifyCheck, formatVerifySummary } from './report.ts';
import { type Options, variableOf, withOptions } from './setting-options.ts';
import { VERIFY_CHECKS } from './verify/checks.ts';
import { readTarget, type VerifyOptions } from './verify/target.ts';
import { verify } from './verify.ts';

/** Exit codes of all commands. Each check of the doctor has one more. */
const EXIT_CODES = { ok: 0, noKey: 1, differs: 1, usage: 2 } as const;

/** Output streams of a command. The output has colours if the stream is a terminal that supports them. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Runs `images-api` with the arguments after its name. Returns its exit code. */
export const runCommand = async (args: readonly string[], env: Variables, streams: Streams): Promise<number> => {
  let exitCode: number = EXIT_CODES.ok;
  const program = createProgram(env, streams, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already printed this message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    if (!(error instanceof SettingsError || error instanceof MissingPackagesError)) throw error;
    streams.stderr.write(`${error.message}\n`);
    return EXIT_CODES.usage;
  }
};

const createProgram = (env: Variables, { stdout, stderr }: Streams, exit: (code: number) => void): Command => {
  const program = new Command('images-api')
    .description(
      'Show how the service maps a path to an S3 key, find out why it cannot read its images, and check what it answers.',
    )
    .version(readVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('Run with --help to see the options.');

  program
    .command('explain')
    .description('Show how each route handles a path, and the S3 key of its image. Sends no request to AWS.')
    .argument('<path>', 'path as in the URL, without the stage')
    .addOption(override('prefix', '<folder>', 'folder of the images in the bucket'))
    .addOption(override('mapping', '<file or JSON>', 'mapping from paths to keys'))
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXPLAIN_HELP)
    .action((path: string, { json, ...options }: Options & { json?: true }) => {
      const report = explainPath(path, readPathMapping(withOptions(env, readMappingFile(options))));
      stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatPathReport(report));
      exit(report.key === undefined ? EXIT_CODES.noKey : EXIT_CODES.ok);
    });

  program
    .command('doctor')
    .description(
      'Check the access from your credentials to the images and the API key, and show how to fix what fails.',
    )
    .addOption(override('environment', '<name>', 'environment, such as dev or prod'))
    .addOption(override('bucket', '<name>', 'bucket of the images'))
    .addOption(override('bucketOwner', '<account id>', 'AWS account that must own the bucket'))
    .addOption(override('bucketRegion', '<region>', 'region of the bucket, if it differs from AWS_REGION'))
    .addOption(override('prefix', '<folder>', 'folder of the images in the bucket'))
    .addOption(override('mapping', '<file or JSON>', 'mapping from paths to keys'))
    .addOption(override('role', '<ARN>', 'role that reads the bucket'))
    .addOption(override('externalId', '<id>', 'external ID that the role requires'))
    .addOption(override('listing', '<on or off>', 'whether the service lists its images'))
    .addOption(override('signedLocations', '<on or off>', 'whether the service signs URLs in batches'))
    .addOption(override('redirectAbove', '<bytes>', 'size above which the service redirects to a signed URL'))
    .option('--sample <path>', 'path of an image that must exist, as in the URL, without the stage')
    .option('--secret <name>', `secret that holds the API key (default: ${defaultSecret('<environment>')})`)
    .option('--usage-plan <name>', `usage plan of the API (default: ${defaultUsagePlan('<environment>')})`)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', DOCTOR_HELP)
    .action(async ({ json, sample, secret, usagePlan, ...options }: DoctorOptions) => {
      const settings = readSettings(withOptions(env, readMappingFile(options)));
      const { environment, readerRoleArn: arn, externalId } = settings;
      const target = {
        bucket: settings.bucket,
        owner: settings.bucketAccount,
        region: settings.bucketRegion,
        requesterPays: settings.requesterPays,
        role: arn === undefined ? undefined : { arn, externalId },
        mapping: toPathMapping(settings),
        sample,
        secret: secret ?? defaultSecret(environment),
        usagePlan: usagePlan ?? defaultUsagePlan(environment),
        listing: settings.listing === 'on',
        signsUrls: settings.signedLocations === 'on' || settings.redirectAbove !== undefined,
      };
      const report = await runChecks(target, (check) => {
        if (!json) stdout.write(formatCheck(check, stdout));
      });
      stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatSummary(report, stdout));
      exit(report.exitCode);
    });

  program
    .command('verify')
    .description('Check that a deployed service answers as the documents say, and show what a difference means.')
    .option('--url <URL>', `URL of the service, with the stage (default: ${CLIENT_VARIABLES.url})`)
    .option(
      '--sample <path>',
      'path of an ordinary image, without the stage; repeat the option for an empty image and for images above 6 and 10 MB (default: the first ordinary image that the service lists)',
      (path: string, paths: readonly string[] = []) => [...paths, path],
    )
    .option('--api-key-file <file>', `file with the API key (default: the key in ${CLIENT_VARIABLES.apiKey})`)
    .option('--origin <origin>', 'origin of corsOrigins; checks CORS')
    .option('--burst <number>', 'number of concurrent requests that exceed the rate limit; checks throttling')
    .option('--timeout <seconds>', 'time limit of each check', '5')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', VERIFY_HELP)
    .action(async ({ json, ...options }: VerifyOptions & { json?: true }) => {
      const report = await verify(readTarget(options, env), (check) => {
        if (!json) stdout.write(formatVerifyCheck(check, stdout));
      });
      stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatVerifySummary(report, stdout));
      exit(report.ok ? EXIT_CODES.ok : EXIT_CODES.differs);
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

/** An option that overrides a variable. */
const override = (name: keyof Options, value: string, description: string): Option => {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new Option(`--${flag} ${value}`, `${description} (overrides ${variableOf(name)})`);
};

/** Replaces the name of a mapping file with the content of the file. A mapping that is JSON stays as it is. */
const readMappingFile = ({ mapping, ...options }: Options): Options => {
  if (mapping === undefined) return options;
  if (mapping.trimStart().startsWith('{')) return { ...options, mapping };
  try {
    return { ...options, mapping: readFileSync(mapping, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError([
      `--mapping: cannot read the file ${mapping} (${code}); give the name of a file, or JSON such as {"routes": […]}`,
    ]);
  }
};

/** Version of this package. The package name resolves from `src` and from `dist`, whose depths differ. */
const readVersion = (): string => createRequire(import.meta.url)('images-api/package.json').version;

const EXPLAIN_HELP = `
Exit codes:
  0  the path has a key
  1  the path has no key
  2  wrong usage or wrong settings

Examples:
  images-api explain /partnerimages/67/28/67286576.jpeg
  images-api explain 67286576.jpeg --prefix images --mapping mapping.json
  images-api explain 67286576.jpeg --mapping '{"routes": [{"path": "{id}.jpeg", "key": "{id}/original.jpeg"}]}' --json`;

const DOCTOR_HELP = `
The doctor sends requests to AWS with the credentials, region and endpoints that the AWS SDK finds on your machine. It
reads at most one image, changes nothing, and never asks for the value of a secret. If the role trusts only the
function, you cannot assume it yourself: the check role fails, and the checks that need it are skipped.

Exit codes:
   0  no check failed
   2  wrong usage, wrong settings, or a package that the doctor needs is not installed

If a check fails, the exit code is that of the first one:
${CHECKS.map(({ name, exitCode, passesWhen }) => `  ${exitCode}  ${name.padEnd(11)} passes when ${passesWhen}`).join('\n')}

Examples:
  images-api doctor --environment dev --bucket images --sample /partnerimages/67/28/67286576.jpeg
  images-api doctor --role arn:aws:iam::123456789012:role/images-reader --external-id images-api
  images-api doctor --usage-plan ${usagePlanName(apiStackName('dev', 'alice'))} --json`;

const VERIFY_HELP = `
The command sends the API key to the host of the URL only and follows no redirect. If the service signs URLs, it reads
the first byte of up to two images from S3 without the key. It prints neither the key nor a signed URL. Each check takes at most the timeout, plus one
second per MB of a large image, and 20 ms per request of the burst. It reads each sample a few times and changes nothing.

Checks:
${VERIFY_CHECKS.map(({ name, expected }) => `  ${name.padEnd(22)} ${expected.replaceAll('`', '')}`).join('\n')}

Exit codes:
  0  no check differs
  1  a check differs
  2  wrong usage

Examples:
  ${CLIENT_VARIABLES.apiKey}=… images-api verify --url https://abc123.execute-api.eu-central-1.amazonaws.com/dev --sample /67286576.jpeg
  images-api verify --url http://127.0.0.1:3000/dev --api-key-file key.txt --sample /a.jpg --sample /empty.png --sample /11mb.tiff
  images-api verify --sample /a.jpg --origin https://app.example.com --burst 1000 --json`;
