import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatLicences, readLicences } from '../../infra/construct/third-party-licences.ts';

const MIT = 'Permission is hereby granted, free of charge, …';

let root: string;

const FILES = {
  'node_modules/one/package.json': '{ "name": "one", "version": "1.2.3", "license": "MIT" }',
  'node_modules/one/LICENSE': MIT,
  'node_modules/one/lib/package.json': '{ "type": "module" }',
  'node_modules/one/node_modules/@scope/two/package.json':
    '{ "name": "@scope/two", "version": "2.0.0", "license": "MIT" }',
  'node_modules/one/node_modules/@scope/two/license.md': `\n${MIT}\n`,
  'node_modules/three/package.json': '{ "name": "three", "version": "3.0.0", "license": "Apache-2.0" }',
  'node_modules/three/LICENCE.txt': 'Apache License …',
  'node_modules/three/NOTICE': 'Copyright of three',
  'node_modules/no-file/package.json': '{ "name": "no-file", "version": "4.0.0", "license": "MIT" }',
  'node_modules/no-file/licenses.js': 'export {};',
  'node_modules/no-id/package.json': '{ "name": "no-id", "version": "5.0.0" }',
  'node_modules/no-id/LICENSE': MIT,
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'licences-'));
  for (const [file, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

const BUNDLED = [
  'src/app/lambda.ts',
  'node_modules/one/lib/index.js',
  'node_modules/one/lib/more.js',
  'node_modules/one/node_modules/@scope/two/index.js',
  'node_modules/three/index.js',
];

describe('readLicences', () => {
  it('reads name, version, SPDX expression and texts of each package once', () => {
    expect(readLicences(BUNDLED, root)).toEqual([
      { name: '@scope/two', version: '2.0.0', id: 'MIT', text: MIT },
      { name: 'one', version: '1.2.3', id: 'MIT', text: MIT },
      { name: 'three', version: '3.0.0', id: 'Apache-2.0', text: 'Apache License …\n\nCopyright of three' },
    ]);
  });

  it('rejects packages without a licence file or an SPDX expression, and names all of them', () => {
    const files = ['node_modules/no-file/index.js', 'node_modules/one/index.js', 'node_modules/no-id/index.js'];
    expect(() => readLicences(files, root)).toThrow(
      'packages without a licence:\nno-file 4.0.0 in node_modules/no-file has no licence file. Bundle another package, or list this one in WITHOUT_FILE',
    );
    expect(() => readLicences(files, root)).toThrow(
      /\nno-id 5\.0\.0 in node_modules\/no-id has no SPDX expression .* Bundle another package\.$/,
    );
  });

  it('accepts a listed package without a licence file, with the reason in place of the text', () => {
    const reason = 'The author forgot the file: https://example.com/issues/1';
    expect(readLicences(['node_modules/no-file/index.js'], root, { 'no-file': reason })).toEqual([
      { name: 'no-file', version: '4.0.0', id: 'MIT', text: reason },
    ]);
  });
});

describe('formatLicences', () => {
  it('writes each text once, under the packages that share it', () => {
    const text = formatLicences(readLicences(BUNDLED, root));
    expect(text).toContain(`\n@scope/two 2.0.0 (MIT)\none 1.2.3 (MIT)\n\n${MIT}\n`);
    expect(text).toContain('\nthree 3.0.0 (Apache-2.0)\n\nApache License …\n\nCopyright of three\n');
    expect(text.split(MIT)).toHaveLength(2);
  });
});
