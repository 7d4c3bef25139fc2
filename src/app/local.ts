import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { relative, resolve } from 'node:path';
import type { ApiGatewayHandlers } from '../adapters/api-gateway-handler.ts';
import { createLocalGateway, type Integration } from '../adapters/local-gateway.ts';
import { formatImagePath, type ImagePath } from '../domain/image-path.ts';
import { ConfigError, type LocalConfig, readLocalConfig } from './config.ts';
import { createContainer, HANDLERS } from './container.ts';

const main = async (): Promise<void> => {
  const config = readLocalConfig(process.env, resolve(import.meta.dirname, '../../samples'));
  checkDirectory(config);
  const apiKey = config.apiKey ?? randomBytes(15).toString('hex');
  const handlers = createContainer(config).get(HANDLERS);
  const gateway = createLocalGateway({
    stage: config.environment,
    apiKey,
    integration: integrate(handlers, config),
    openPreflight: config.corsOrigins.length > 0,
  });
  gateway.listen(config.port, '127.0.0.1');
  await once(gateway, 'listening');
  const { port } = gateway.address() as AddressInfo;
  const stop = () => {
    gateway.close();
    gateway.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await greet(config, `http://127.0.0.1:${port}/${config.environment}`, apiKey);
};

const integrate = ({ buffered, streaming }: ApiGatewayHandlers, { responseMode }: LocalConfig): Integration =>
  responseMode === 'buffered' ? { mode: 'buffered', invoke: buffered } : { mode: 'stream', invoke: streaming };

const checkDirectory = ({ source }: LocalConfig): void => {
  if (source.kind !== 'directory') return;
  if (statSync(source.directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new ConfigError([`IMAGES_DIRECTORY: there is no folder ${source.directory}; name one that holds images`]);
};

const greet = async (config: LocalConfig, url: string, apiKey: string): Promise<void> => {
  const { source } = config;
  const path = source.kind === 'directory' ? await findImage(source.directory, config) : undefined;
  const file = path?.split('/').at(-1) ?? 'image';
  print(
    `Serving ${source.kind === 'bucket' ? `the bucket ${source.bucket}` : source.directory} (${config.responseMode}), Ctrl-C ends it`,
    `  URL  ${url}/`,
    `  key  ${apiKey}`,
    '',
    `  curl -H 'x-api-key: ${apiKey}' -o '${file}' '${url}/${path === undefined ? 'PATH' : formatImagePath(path)}'`,
    '',
  );
};

/** The path of some image in the folder, to show how one is fetched. */
const findImage = async (directory: string, { mapping }: LocalConfig): Promise<ImagePath | undefined> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, resolve(entry.parentPath, entry.name)));
  const paths = keys.flatMap((key) => mapping.pathsOf(key));
  return paths.find((path) => path.startsWith('partnerimages/')) ?? paths[0];
};

const print = (...lines: readonly string[]) => process.stderr.write(`${lines.join('\n')}\n`);

const explainFailure = (error: unknown): string => {
  if (error instanceof ConfigError) return error.message;
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use; name another one with PORT, or PORT=0 for any.`;
  if (code === 'EACCES') return `Port ${port} may not be used; name one above 1023 with PORT.`;
  return `The local gateway could not start: ${message}`;
};

try {
  await main();
} catch (error) {
  print(explainFailure(error));
  process.exitCode = 1;
}
