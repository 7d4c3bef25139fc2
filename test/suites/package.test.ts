import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { NODE } from '../support/other-node.ts';

// The type checks read the types of CDK, which are a million lines.
vi.setConfig({ testTimeout: 120_000 });

const ROOT = resolve(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');
const run = promisify(execFile);

/** Public modules, the optional peers that each needs, and one of its exports. */
const ENTRIES: readonly { readonly entry: string; readonly peers: readonly string[]; readonly name: string }[] = [
  { entry: 'images-api', peers: [], name: 'createServeImage' },
  { entry: 'images-api/domain', peers: [], name: 'createPathMapping' },
  { entry: 'images-api/testing', peers: ['fast-check'], name: 'imageStoreChecks' },
  { entry: 'images-api/aws', peers: ['@aws-sdk/client-s3', '@aws-sdk/client-sts'], name: 'createS3ImageStore' },
  { entry: 'images-api/pino', peers: ['pino'], name: 'createPinoRequestLog' },
  { entry: 'images-api/infra', peers: ['aws-cdk-lib', 'constructs'], name: 'ImagesApi' },
];

let folder: string;
let tarball: string;
/** Paths in the tarball. */
let files: readonly string[];
/** An empty project after `npm install images-api`. */
let project: string;
/** The same project with the optional peers. */
let projectWithPeers: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'images-api-'));
  ({ tarball, files } = await pack('.'));
  project = join(folder, 'project');
  await mkdir(project);
  // npm runs offline, so it installs the dependencies from this checkout.
  const overrides = await packDependencies();
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, overrides }));
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-package-lock', tarball], { cwd: project });
  projectWithPeers = join(folder, 'project-with-peers');
  await cp(project, projectWithPeers, { recursive: true });
  for (const peer of new Set(['@types/node', ...ENTRIES.flatMap(({ peers }) => peers)]))
    await link(peer, projectWithPeers);
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

/** Packs a folder of the checkout. */
const pack = async (path: string): Promise<Packed> => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, path], { cwd: ROOT });
  // The scripts of the package print before the JSON does.
  const [{ filename, files: packed }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  return { tarball: join(folder, filename), files: packed.map(({ path: file }: { path: string }) => file) };
};

interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
}

/** Tarballs of everything that npm would fetch for our `dependencies`, by name. */
const packDependencies = async (): Promise<Readonly<Record<string, string>>> => {
  const overrides: Record<string, string> = {};
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  for (const [path, { dev, devOptional, peer }] of Object.entries<LockedPackage>(packages)) {
    if (path === '' || dev || devOptional || peer) continue;
    const { tarball: dependency } = await pack(`./${path}`);
    overrides[path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)] = `file:${dependency}`;
  }
  return overrides;
};

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

/** Links a package of this checkout into a project. */
const link = async (name: string, into: string): Promise<void> => {
  const target = join(into, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(ROOT, 'node_modules', name), target);
};

/** Runs a script of a project, and parses what it prints. */
const evaluate = async (code: string, file: string, cwd = project, node = NODE): Promise<unknown> => {
  await writeFile(join(cwd, file), code);
  return JSON.parse((await run(node, [file], { cwd })).stdout);
};

/** Runs the installed command, whose first line starts the first `node` on the PATH. */
const runCommand = async (...args: readonly string[]): Promise<string> => {
  const env = { ...process.env, PATH: `${dirname(NODE)}${delimiter}${process.env['PATH']}` };
  return (await run(join(project, 'node_modules/.bin/images-api'), args, { env })).stdout;
};

/** Type-checks a file of a project, declaration files of all packages included. */
const compile = async (code: string, name: string, cwd: string, options: object): Promise<void> => {
  await writeFile(join(cwd, `${name}.ts`), code);
  const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', skipLibCheck: false, ...options };
  await writeFile(join(cwd, `${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  await run(join(BIN, 'tsc'), ['-p', `${name}.json`], { cwd });
};

/** The error codes of imports that fail, with `import` and with `require`. Imports that succeed have `loaded`. */
const codesOf = async (specifiers: readonly string[], file: string): Promise<unknown> => {
  const list = JSON.stringify(specifiers);
  return evaluate(
    `const codes = [];
     for (const specifier of ${list}) {
       try { require(specifier); codes.push('loaded'); } catch ({ code }) { codes.push(code); }
     }
     Promise.all(${list}.map((specifier) => import(specifier).then(() => 'loaded', ({ code }) => code)))
       .then((imported) => console.log(JSON.stringify({ required: codes, imported })));`,
    file,
  );
};

describe.concurrent('npm install images-api', () => {
  test('installs 2 packages and less than 4 MB', async () => {
    const { packages } = JSON.parse(await readFile(join(project, 'node_modules/.package-lock.json'), 'utf8'));
    expect(Object.keys(packages)).toEqual(['node_modules/commander', 'node_modules/images-api']);
    const { stdout } = await run('du', ['-sk', 'node_modules'], { cwd: project });
    // In units of 1,024 bytes.
    expect(Number.parseInt(stdout, 10)).toBeLessThan(3_900);
  });

  test('installs only the public modules, the command, the Lambda bundle and its licences', () => {
    const OTHERS =
      /^(?:(?:README|ARCHITECTURE|CHANGELOG|CONTRIBUTING|SECURITY)\.md|docs\/[\w-]+\.(?:md|svg)|LICENSE|package\.json)$/;
    const BUNDLE =
      /^build\/lambda\/(?:index\.js|index\.js\.map|index\.js\.LEGAL\.txt|package\.json|THIRD-PARTY-LICENCES\.txt)$/;
    const MODULES =
      /^dist\/(?:src\/(?:index|(?:adapters|cli|client|contract|domain|settings|testing)\/.+)|infra\/(?:index|construct\/.+))\.(?:js|d\.ts)$/;
    expect(files.filter((file) => ![OTHERS, BUNDLE, MODULES].some((pattern) => pattern.test(file)))).toEqual([]);
    expect(files.filter((file) => BUNDLE.test(file))).toHaveLength(5);
  });

  test('installs a package that passes publint and Are the Types Wrong', async () => {
    await run(join(BIN, 'publint'), ['--strict', tarball]);
    await run(join(BIN, 'attw'), ['--profile', 'esm-only', tarball]);
  });

  test('installs a command that explains a path without the AWS SDK', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(await runCommand('--version')).toBe(`${version}\n`);
    expect(await runCommand('explain', 'a%20b.png')).toMatch(/^key {6}a b\.png$/m);
    expect(await runCommand('doctor', '--help')).toMatch(/^Usage: images-api doctor /);
  });
});

describe.concurrent('the public modules', () => {
  test('match the exports of package.json', async () => {
    const { exports: entries } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const specifiers = Object.keys(entries).map((path) => path.replace('.', 'images-api'));
    expect(specifiers.sort()).toEqual([...ENTRIES.map(({ entry }) => entry), 'images-api/package.json'].sort());
  });

  test('load with import and require without peers, unless they need one', async () => {
    const expected = ENTRIES.map(({ peers }) => (peers.length === 0 ? 'loaded' : 'MODULE_NOT_FOUND'));
    const specifiers = ENTRIES.map(({ entry }) => entry);
    const { required, imported } = (await codesOf(specifiers, 'without-peers.cjs')) as Record<string, string[]>;
    expect(required?.map((code) => code.replace(/^ERR_/, ''))).toEqual(expected);
    expect(imported?.map((code) => code.replace(/^ERR_/, ''))).toEqual(expected);
  });

  test('load with import and require once their peers are installed', async () => {
    const list = JSON.stringify(ENTRIES.map(({ entry, name }) => [entry, name]));
    const code = `
      const entries = ${list};
      const required = entries.map(([entry, name]) => typeof require(entry)[name]);
      Promise.all(entries.map(async ([entry, name]) => typeof (await import(entry))[name]))
        .then((imported) => console.log(JSON.stringify([...required, ...imported])));`;
    const types = (await evaluate(code, 'with-peers.cjs', projectWithPeers)) as string[];
    expect(types).toEqual(Array(2 * ENTRIES.length).fill('function'));
  });

  test('are the only files that can be imported', async () => {
    const specifiers = [
      'images-api/dist/src/index.js',
      'images-api/dist/src/domain/mapping/template.js',
      'images-api/adapters/memory-image-store',
      'images-api/adapters/aws/sdk-errors',
      'images-api/build/lambda/index.js',
    ];
    const refused = specifiers.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED');
    expect(await codesOf(specifiers, 'deep.cjs')).toEqual({ required: refused, imported: refused });
  });

  test('ship types that compile with skipLibCheck off', async () => {
    const imports = ENTRIES.map(({ entry, name }, index) => `export { ${name} as entry${index} } from '${entry}';\n`);
    await compile(imports.join(''), 'entries', projectWithPeers, { types: ['node'], lib: ['es2024'] });
  });
});

describe.concurrent('images-api/domain', () => {
  test('loads only its own files', async () => {
    const code = `
      const { registerHooks } = require('node:module');
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const { createPathMapping, parseImagePath } = require('images-api/domain');
      const { key } = createPathMapping({ prefix: 'images' }).keyOf(parseImagePath('/a%20b.jpg'));
      console.log(JSON.stringify({ key, loaded }));`;
    // Node.js 22.12 has no registerHooks.
    const result = await evaluate(code, 'loaded.cjs', project, process.execPath);
    const { key, loaded } = result as { key: string; loaded: string[] };
    expect(key).toBe('images/a b.jpg');
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter((url) => !url.includes('/node_modules/images-api/dist/src/domain/'))).toEqual([]);
  });

  test('ships types that compile without Node or DOM types and reject a plain string as an ImagePath', async () => {
    const code = `
      import { createPathMapping, parseImagePath, type PathMapping } from 'images-api/domain';
      const mapping: PathMapping = createPathMapping({ routes: [{ path: '{a}', key: '{a}' }] });
      export const key: string = mapping.keyOf(parseImagePath('a')).key;
      // @ts-expect-error: not parsed
      mapping.keyOf('a');`;
    await compile(code, 'domain', project, { types: [], lib: ['es2023'] });
  });
});

describe.concurrent('images-api/testing', () => {
  test('runs the laws and the contracts', async () => {
    const code = `
      import fc from 'fast-check';
      import { createMemoryImageIndex, createMemoryImageStore } from 'images-api';
      import { createPathMapping } from 'images-api/domain';
      import { imageIndexChecks, imageStoreChecks, mappingLaws, pathLaws } from 'images-api/testing';
      const laws = [...pathLaws(), ...mappingLaws(createPathMapping())];
      for (const { property } of laws) fc.assert(property, { numRuns: 20 });
      const createStore = async () => {
        const images = new Map();
        const put = async (key, bytes) => {
          images.set(key, { bytes, etag: \`"\${Math.random()}"\`, lastModified: Date.now(), contentType: 'image/jpeg' });
        };
        return { index: createMemoryImageIndex(images), store: createMemoryImageStore(images), put };
      };
      const checks = [...imageStoreChecks(), ...imageIndexChecks({}, { numRuns: 20 })];
      for (const { run } of checks) await run(createStore);
      console.log(JSON.stringify({ laws: laws.length, checks: checks.length }));`;
    const { laws, checks } = (await evaluate(code, 'testing.mjs', projectWithPeers)) as Record<string, number>;
    expect(laws).toBeGreaterThan(9);
    expect(checks).toBeGreaterThan(120);
  });
});

describe.concurrent('images-api/infra', () => {
  test('deploys the Lambda bundle of the package, with its licences', async () => {
    const code = `
      import { readdirSync } from 'node:fs';
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
      console.log(JSON.stringify(readdirSync(join('cdk.out', assetPath))));`;
    expect(await evaluate(code, 'embed.mjs', projectWithPeers)).toEqual(
      expect.arrayContaining(['index.js', 'package.json', 'THIRD-PARTY-LICENCES.txt']),
    );
  });
});
