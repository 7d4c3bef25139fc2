import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, relative, resolve } from 'node:path';
import type { ApiGatewayHandlers } from '../adapters/api-gateway/handler.ts';
import { createLocalGateway, type Integration } from '../adapters/local-gateway/server.ts';
import { ImageError } from '../domain/errors.ts';
import { formatImagePath, type ImagePath } from '../domain/mapping/image-path.ts';
import { SettingsError } from '../settings/setting.ts';
import { GATEWAY_SETTINGS, type LocalSettings, toPathMapping } from '../settings/settings.ts';
import { readLocalSettings } from '../settings/variables.ts';
import { createHandlers } from './container.ts';

const main = async (): Promise<void> => {
  const settings = readLocalSettings(process.env, resolve(import.meta.dirname, '../../samples'));
  checkDirectory(settings);
  const apiKey = settings.apiKey ?? randomBytes(15).toString('hex');
  const handlers = createHandlers(settings);
  const gateway = createLocalGateway({
    stage: settings.environment,
    apiKey,
    integration: integrate(handlers, settings),
    openPreflight: settings.corsOrigins.length > 0,
    onFailure: (error) => {
      // What is an ImageError stands in the log already.
      if (!(error instanceof ImageError)) print(`The gateway could not pass the answer on: ${String(error)}`);
    },
  });
  const sample = await findImage(settings);
  gateway.listen(settings.port, '127.0.0.1');
  await once(gateway, 'listening');
  const { port } = gateway.address() as AddressInfo;
  const stop = () => {
    gateway.close();
    gateway.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  greet(settings, `http://127.0.0.1:${port}/${settings.environment}`, apiKey, sample);
};

const integrate = ({ buffered, streaming }: ApiGatewayHandlers, { responseMode }: LocalSettings): Integration =>
  responseMode === 'buffered' ? { mode: 'buffered', invoke: buffered } : { mode: 'stream', invoke: streaming };

const checkDirectory = ({ bucket, directory }: LocalSettings): void => {
  if (bucket !== undefined) return;
  try {
    accessSync(join(directory, '.'), constants.R_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const wrong = code === 'EACCES' ? 'may not read the folder' : 'there is no folder';
    const { variable } = GATEWAY_SETTINGS.directory;
    throw new SettingsError([`${variable}: ${wrong} ${directory}; name one that holds images`]);
  }
};

const greet = (
  { bucket, directory, responseMode }: LocalSettings,
  url: string,
  apiKey: string,
  sample: ImagePath | undefined,
): void => {
  const path = sample === undefined ? 'PATH' : formatImagePath(sample);
  const file = sample?.split('/').at(-1) ?? 'image';
  const curl = ['curl', '-H', `x-api-key: ${apiKey}`, '-o', file, `${url}/${path}`].map(shellQuote).join(' ');
  print(
    `Serving ${bucket === undefined ? directory : `the bucket ${bucket}`} (${responseMode}), Ctrl-C ends it`,
    `  URL  ${url}/`,
    `  key  ${apiKey}`,
    '',
    `  ${curl}`,
    '',
  );
};

/** Names of files are whatever somebody made them; what is printed here is pasted into a shell. */
const shellQuote = (text: string): string => (/^[\w-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The path of some image in the folder, to show how one is fetched; undefined where none is found. */
const findImage = async (settings: LocalSettings): Promise<ImagePath | undefined> => {
  const { bucket, directory } = settings;
  if (bucket !== undefined) return undefined;
  const mapping = toPathMapping(settings);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.flatMap(({ parentPath, name }) =>
    mapping.pathsOf(relative(directory, resolve(parentPath, name))),
  );
  return paths.find((path) => path.startsWith('partnerimages/')) ?? paths[0];
};

const print = (...lines: readonly string[]) => process.stderr.write(`${lines.join('\n')}\n`);

const PORT = GATEWAY_SETTINGS.port.variable;

const explainFailure = (error: unknown): string => {
  if (error instanceof SettingsError) return error.message;
  const { syscall, code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (syscall === 'listen' && code === 'EADDRINUSE')
    return `Port ${port} is in use; name another one with ${PORT}, or ${PORT}=0 for any.`;
  if (syscall === 'listen' && code === 'EACCES')
    return `Port ${port} may not be used; name one above 1023 with ${PORT}.`;
  return `The local gateway could not start: ${message}`;
};

try {
  await main();
} catch (error) {
  print(explainFailure(error));
  process.exitCode = 1;
}
