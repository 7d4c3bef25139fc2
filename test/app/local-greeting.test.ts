import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findSample, formatGreeting } from '../../src/app/local-greeting.ts';
import { parseImagePath } from '../../src/domain/mapping/image-path.ts';

const ADDRESS = { url: 'http://127.0.0.1:3000/dev', apiKey: 'key1' };
const FOLDER = { bucket: undefined, prefix: '', mapping: undefined };

const createFolder = async (...files: readonly string[]): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of files) await writeFile(join(folder, file), 'png');
  return folder;
};

test('shows the folder, the URL, the API key and a command that fetches the sample', () => {
  const settings = { bucket: undefined, directory: '/images', responseMode: 'stream' } as const;
  expect(formatGreeting(settings, ADDRESS, parseImagePath('logos/a.png'))).toBe(
    [
      'Serving /images (stream). Press Ctrl-C to stop.',
      '  URL  http://127.0.0.1:3000/dev/',
      '  key  key1',
      '',
      "  curl -H 'x-api-key: key1' -o 'a.png' 'http://127.0.0.1:3000/dev/logos/a.png'",
      '',
    ].join('\n'),
  );
});

test('quotes a file name for the shell and encodes it for the URL', () => {
  const settings = { bucket: undefined, directory: '/images', responseMode: 'stream' } as const;
  expect(formatGreeting(settings, ADDRESS, parseImagePath("a%20'b.png"))).toContain(
    "-o 'a '\\''b.png' 'http://127.0.0.1:3000/dev/a%20'\\''b.png'",
  );
});

test('shows the bucket, and PATH in the command without a sample', () => {
  const settings = { bucket: 'images', directory: '/images', responseMode: 'buffered' } as const;
  const greeting = formatGreeting(settings, ADDRESS, undefined);
  expect(greeting).toContain('Serving the bucket images (buffered).');
  expect(greeting).toContain("-o image 'http://127.0.0.1:3000/dev/PATH'");
});

test('prefers a sample below partnerimages', async () => {
  const directory = resolve(import.meta.dirname, '../../samples');
  expect(await findSample({ ...FOLDER, directory })).toMatch(/^partnerimages\//);
});

test('finds any image if there is none below partnerimages', async () => {
  expect(await findSample({ ...FOLDER, directory: await createFolder('a.png') })).toBe('a.png');
});

test.each([
  ['an empty folder', async () => ({ ...FOLDER, directory: await createFolder() })],
  ['a missing folder', async () => ({ ...FOLDER, directory: '/no/such/folder' })],
  ['a bucket', async () => ({ ...FOLDER, bucket: 'images', directory: await createFolder('a.png') })],
])('finds no sample in %s', async (_, createSettings) => {
  expect(await findSample(await createSettings())).toBeUndefined();
});
