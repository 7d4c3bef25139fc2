import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import {
  ConfigError,
  type Environment,
  OPTION_VARIABLES,
  type Options,
  readPathMapping,
  withOptions,
} from '../app/config.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { explainPath, formatPathReport } from './explain.ts';

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
export const runCommand = async (args: readonly string[], env: Environment, streams: Streams): Promise<number> => {
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
    if (!(error instanceof ConfigError)) throw error;
    streams.stderr.write(`${error.message}\n`);
    return EXIT_CODES.usage;
  }
};

const createProgram = (env: Environment, { stdout, stderr }: Streams, exit: (code: number) => void): Command => {
  const program = new Command('images-api')
    .description('Tells what the service makes of a path, and why it cannot read its images.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('Add --help for what can be said.');

  program
    .command('explain')
    .description('shows what each route does with a path, and its key. Asks nothing of AWS.')
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

  return program;
};

/** An option that takes the place of a variable. */
const override = (name: keyof Options, value: string, description: string): Option => {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new Option(`--${flag} ${value}`, `${description}, in place of ${OPTION_VARIABLES[name]}`);
};

/** A mapping is given as it is, or as the name of a file that holds it. */
const readMappingFile = ({ mapping, ...options }: Options): Options => {
  if (mapping === undefined) return options;
  if (mapping.trimStart().startsWith('{')) return { ...options, mapping };
  try {
    return { ...options, mapping: readFileSync(mapping, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`--mapping: ${mapping} cannot be read (${code}); name a file, or write {"routes": […]}`]);
  }
};

/** Of the package, which is where it is for the sources and for what is built of them. */
const readVersion = (): string =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

const EXPLAIN_HELP = `
Exit codes:
  0  the path has a key
  1  it has none
  2  wrong usage

Examples:
  images-api explain /partnerimages/67/28/67286576.jpeg
  images-api explain 67286576.jpeg --prefix images --mapping mapping.json
  images-api explain 67286576.jpeg --mapping '{"routes": [{"path": "{id}.jpeg", "key": "{id}/original.jpeg"}]}' --json`;
