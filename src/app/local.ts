/** `npm start`: the service behind a local gateway. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, opendirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { ClientTimeoutError } from '../adapters/api-gateway/body.ts';
import type { ApiGatewayHandlers } from '../adapters/api-gateway/handler.ts';
import { createDirectoryImageIndex } from '../adapters/directory-image-index.ts';
import { createDirectoryImageStore } from '../adapters/directory-image-store.ts';
import { createLocalGateway, type Integration } from '../adapters/local-gateway/server.ts';
import { ImageError } from '../domain/errors.ts';
import { GATEWAY_SETTINGS, type LocalSettings } from '../settings/gateway-settings.ts';
import { SettingsError } from '../settings/setting.ts';
import { readLocalSettings } from '../settings/variables.ts';
import { createHandlers, type Overrides } from './container.ts';
import { findSample, formatGreeting } from './local-greeting.ts';
import { formatHelp } from './local-help.ts';
import { createTerminalLog } from './terminal-log.ts';

const main = async (args: readonly string[]): Promise<void> => {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(`${formatHelp()}\n`);
  if (args[0] !== undefined) throw new UnknownArgumentError(args[0]);
  await startGateway(readLocalSettings(process.env, resolve(import.meta.dirname, '../../samples')));
};

const startGateway = async (settings: LocalSettings): Promise<void> => {
  checkDirectory(settings);
  const { environment, port, corsOrigins, throttle, quota, apiKey = randomBytes(15).toString('hex') } = settings;
  const gateway = createLocalGateway({
    stage: environment,
    apiKey,
    integration: toIntegration(createHandlers(settings, { ...folder(settings), ...terminalLog(settings) }), settings),
    corsOrigins,
    acceptsBatches: settings.signedLocations === 'on',
    throttle,
    quota,
    onFailure: (error) => {
      // The request log already contains these errors.
      if (error instanceof ImageError || error instanceof ClientTimeoutError) return;
      print(`The local gateway could not send a response: ${String(error)}`);
    },
  });
  const sample = await findSample(settings);
  gateway.listen(port, '127.0.0.1');
  await once(gateway, 'listening');
  const stop = () => {
    gateway.close();
    gateway.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/${environment}`;
  print(formatGreeting(settings, { url, apiKey }, sample));
};

const toIntegration = ({ buffered, streaming }: ApiGatewayHandlers, { responseMode }: LocalSettings): Integration =>
  responseMode === 'buffered' ? { mode: 'buffered', invoke: buffered } : { mode: 'stream', invoke: streaming };

/** The store and the index of the folder. Empty if a bucket is served. */
const folder = ({ bucket, directory }: LocalSettings): Partial<Overrides> =>
  bucket === undefined
    ? { store: createDirectoryImageStore(directory), index: createDirectoryImageIndex(directory) }
    : {};

/** Replaces the JSON lines of the service if a person reads them. */
const terminalLog = ({ logLevel, environment }: LocalSettings): Partial<Overrides> =>
  process.stdout.isTTY
    ? { log: createTerminalLog({ level: logLevel, environment, colors: process.stdout.hasColors() }) }
    : {};

/** @throws SettingsError if the folder cannot be served. */
const checkDirectory = ({ bucket, directory }: LocalSettings): void => {
  if (bucket !== undefined) return;
  try {
    opendirSync(directory).closeSync();
    accessSync(directory, constants.X_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const { variable } = GATEWAY_SETTINGS.directory;
    const fault = DIRECTORY_FAULTS[code] ?? `cannot be read (${code})`;
    throw new SettingsError([`${variable}: ${resolve(directory)} ${fault}; set it to a folder that holds images`]);
  }
};

const DIRECTORY_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a folder',
  EACCES: 'cannot be read, because you have no permission',
};

class UnknownArgumentError extends Error {
  constructor(argument: string) {
    super(`Unknown argument ${argument}. Settings are environment variables: run npm start -- --help to see them.`);
  }
}

const explainError = (error: unknown): string => {
  if (error instanceof SettingsError || error instanceof UnknownArgumentError) return error.message;
  const { syscall, code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  const { variable } = GATEWAY_SETTINGS.port;
  if (syscall === 'listen' && code === 'EADDRINUSE')
    return `Port ${port} is already in use. Set ${variable} to another port, or to 0 for any free port.`;
  if (syscall === 'listen' && code === 'EACCES')
    return `You are not allowed to listen on port ${port}. Set ${variable} to a port above 1023.`;
  return `The local gateway could not start: ${message}`;
};

const print = (text: string) => process.stderr.write(`${text}\n`);

try {
  await main(process.argv.slice(2));
} catch (error) {
  print(explainError(error));
  process.exitCode = 1;
}
