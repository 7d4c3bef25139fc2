import { readdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { formatImagePath, type ImagePath } from '../domain/mapping/image-path.ts';
import type { LocalSettings } from '../settings/gateway-settings.ts';
import { toPathMapping } from '../settings/settings.ts';

/** How to reach the local gateway. */
export interface Address {
  /** Without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
}

/** The folder or bucket that is served, the URL, the API key, and a curl command that fetches an image. */
export const formatGreeting = (
  { bucket, directory, responseMode }: Pick<LocalSettings, 'bucket' | 'directory' | 'responseMode'>,
  { url, apiKey }: Address,
  sample: ImagePath | undefined,
): string => {
  const path = sample === undefined ? 'PATH' : formatImagePath(sample);
  const file = sample?.split('/').at(-1) ?? 'image';
  const curl = ['curl', '-H', `x-api-key: ${apiKey}`, '-o', file, `${url}/${path}`].map(quoteForShell).join(' ');
  return [
    `Serving ${bucket === undefined ? directory : `the bucket ${bucket}`} (${responseMode}). Press Ctrl-C to stop.`,
    `  URL  ${url}/`,
    `  key  ${apiKey}`,
    '',
    `  ${curl}`,
    '',
  ].join('\n');
};

/** The file name of an image can contain any character, and people paste the command into a shell. */
const quoteForShell = (text: string): string => (/^[\w-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The path of an image in the folder, for the curl command. Undefined if the service reads a bucket or finds no image. */
export const findSample = async (
  settings: Pick<LocalSettings, 'bucket' | 'directory' | 'prefix' | 'mapping'>,
): Promise<ImagePath | undefined> => {
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
