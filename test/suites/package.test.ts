import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

let project: string;

/** An empty project in which the packed tarball is unpacked, and no other package is there. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'images-api-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  await mkdir(join(project, 'node_modules'));
  await run('tar', ['-xzf', filename, '-C', 'node_modules'], { cwd: project });
  await cp(join(project, 'node_modules/package'), join(project, 'node_modules/images-api'), { recursive: true });
  await rm(join(project, 'node_modules/package'), { recursive: true });
  await writeFile(join(project, 'package.json'), '{"name":"consumer","private":true}');
}, 120_000);

afterAll(() => rm(project, { recursive: true }));

const evaluate = async (code: string, file: string): Promise<unknown> => {
  await writeFile(join(project, file), code);
  return JSON.parse((await run(process.execPath, [file], { cwd: project })).stdout);
};

describe('images-api/domain, from the packed tarball, with no other package there', () => {
  const USE = `
    const { key } = createPathMapping({ prefix: 'images' }).keyOf(parseImagePath('/a%20b.jpg'));
    console.log(JSON.stringify(key));`;

  test('works as an ES module', async () => {
    expect(
      await evaluate(`import { createPathMapping, parseImagePath } from 'images-api/domain';${USE}`, 'esm.mjs'),
    ).toBe('images/a b.jpg');
  });

  test('works by require', async () => {
    expect(
      await evaluate(`const { createPathMapping, parseImagePath } = require('images-api/domain');${USE}`, 'cjs.cjs'),
    ).toBe('images/a b.jpg');
  });

  test('loads its own files only', async () => {
    const code = `
      const { registerHooks } = require('node:module');
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      require('images-api/domain');
      console.log(JSON.stringify(loaded));`;
    const loaded = (await evaluate(code, 'loaded.cjs')) as string[];
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter((url) => !url.includes('/node_modules/images-api/dist/src/domain/'))).toEqual([]);
  });

  test('has types that need none of the machine, and that tell a path from a text', async () => {
    await writeFile(
      join(project, 'use.ts'),
      `import { createPathMapping, parseImagePath, type PathMapping } from 'images-api/domain';
       const mapping: PathMapping = createPathMapping({ routes: [{ path: '{a}', key: '{a}' }] });
       export const key: string = mapping.keyOf(parseImagePath('a')).key;
       // @ts-expect-error: not parsed
       mapping.keyOf('a');`,
    );
    const options = { strict: true, noEmit: true, module: 'nodenext', types: [], lib: ['es2023'] };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project]);
  });
});

test('the command explains a path with commander there, and no SDK', async () => {
  const commander = 'node_modules/commander';
  await cp(join(ROOT, commander), join(project, commander), { recursive: true });
  const { bin, version } = JSON.parse(await readFile(join(project, 'node_modules/images-api/package.json'), 'utf8'));
  const command = join('node_modules/images-api', bin['images-api']);
  expect((await run(process.execPath, [command, '--version'], { cwd: project })).stdout).toBe(`${version}\n`);
  const { stdout } = await run(process.execPath, [command, 'explain', 'a%20b.png'], { cwd: project });
  expect(stdout).toMatch(/^key {6}a b\.png$/m);
  // The shell starts it by its first line.
  expect(await readFile(join(project, command), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('the tarball holds what package.json promises, and nothing of the workshop', async () => {
  const { exports: entries } = JSON.parse(
    await readFile(join(project, 'node_modules/images-api/package.json'), 'utf8'),
  );
  const promised = Object.values(entries as Record<string, { types: string; default: string }>).flatMap((entry) =>
    Object.values(entry),
  );
  for (const file of promised.filter((path) => path.startsWith('./') && !path.includes('*'))) {
    await expect(readFile(join(project, 'node_modules/images-api', file))).resolves.toBeDefined();
  }
  const { stdout } = await run('find', ['node_modules/images-api', '-type', 'f'], { cwd: project });
  expect(stdout).not.toMatch(/\/images-api\/(?:test|src|infra|samples|scripts)\//);
});

test('images-api/testing needs fast-check and the domain', async () => {
  await mkdir(join(project, 'node_modules/fast-check'), { recursive: true });
  await cp(join(ROOT, 'node_modules/fast-check'), join(project, 'node_modules/fast-check'), { recursive: true });
  const peers = ['pure-rand'];
  for (const peer of peers)
    await cp(join(ROOT, 'node_modules', peer), join(project, 'node_modules', peer), { recursive: true });
  const code = `
    import fc from 'fast-check';
    import { createPathMapping } from 'images-api/domain';
    import { mappingLaws, pathLaws } from 'images-api/testing';
    const laws = [...pathLaws(), ...mappingLaws(createPathMapping())];
    for (const { property } of laws) fc.assert(property, { numRuns: 20 });
    console.log(laws.length);`;
  expect(await evaluate(code, 'laws.mjs')).toBe(11);
});

test('images-api/infra brings the bundles, and needs CDK', async () => {
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    await symlink(join(ROOT, 'node_modules', peer), join(project, 'node_modules', peer));
  }
  const code = `
    import { existsSync } from 'node:fs';
    import { join } from 'node:path';
    import { App, Stack } from 'aws-cdk-lib';
    import { ApiKey } from 'aws-cdk-lib/aws-apigateway';
    import { ImagesApi } from 'images-api/infra';
    const app = new App({ outdir: 'cdk.out' });
    const stack = new Stack(app, 'Theirs');
    const props = { name: 'their-images', environment: 'prod', bucket: 'their-bucket', apiKeys: [new ApiKey(stack, 'Key')] };
    const images = new ImagesApi(stack, 'Images', props);
    const { assetPath } = images.function.node.findChild('Code');
    app.synth();
    console.log(JSON.stringify(existsSync(join('cdk.out', assetPath, 'index.js'))));`;
  expect(await evaluate(code, 'embed.mjs')).toBe(true);
}, 60_000);
