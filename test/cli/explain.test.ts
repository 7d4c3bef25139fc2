import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, test } from 'vitest';
import { explainPath } from '../../src/cli/explain.ts';
import { runCommand } from '../../src/cli/program.ts';
import { createPathMapping, parseImagePath } from '../../src/domain/index.ts';
import { run } from '../support/run-cli.ts';

const MAPPING = JSON.stringify({
  routes: [
    { path: 'partnerimages/{id[0:2]}/{id:digits}.{ext:image}', key: 'partners/{id}/original.{ext}' },
    { path: 'copies/{id}.{ext:image}', key: 'copies/{id}/{ext}' },
    { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
  ],
});

/** Returns the explanation of the mapping itself, without the command. */
const explain = (mapping: string, path: string) => createPathMapping(JSON.parse(mapping)).explain(parseImagePath(path));

describe('images-api explain', () => {
  it('prints each route with its reason in the order of the mapping, then the key', async () => {
    const [first, second, third] = explain(MAPPING, 'partnerimages/67/672.jpeg').map(({ reason }) => reason);
    const env = { IMAGES_MAPPING: MAPPING, IMAGES_PREFIX: 'p' };
    expect(await run(['explain', '/partnerimages/67/672.jpeg'], env)).toEqual({
      exitCode: 0,
      stdout: [
        'path     partnerimages/67/672.jpeg',
        'route 1  partnerimages/{id[0:2]}/{id:digits}.{ext:image}',
        `         ${first}`,
        'route 2  copies/{id}.{ext:image}',
        `         ${second}`,
        'route 3  {path+}.{ext:image}',
        `         ${third}`,
        'key      p/partners/672/original.jpeg',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('prints the reason of every route and returns 1 if no route matches the path', async () => {
    const { exitCode, stdout } = await run(['explain', 'notes.txt'], { IMAGES_MAPPING: MAPPING });
    expect(exitCode).toBe(1);
    expect(stdout.match(/^route \d/gm)).toEqual(['route 1', 'route 2', 'route 3']);
    expect(stdout).toMatch(/found "txt"\nno key {3}unknown-path\n$/);
  });

  it('prints why a route that matches the path returns no key', async () => {
    const mapping = '{"routes":[{"path":"{a}/{b}","key":"{a}-{b}"}]}';
    const [explanation] = explain(mapping, 'x/y-z');
    const { exitCode, stdout } = await run(['explain', 'x/y-z', '--mapping', mapping]);
    expect(exitCode).toBe(1);
    expect(explanation?.reason).toContain('"x-y-z"');
    expect(stdout).toContain(`         ${explanation?.reason}\nno key   unknown-path\n`);
  });

  it('prints why a path is invalid, and prints no route', async () => {
    const { exitCode, stdout } = await run(['explain', 'a/../b.png']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^no key {3}invalid-path: .*"\.\.".*\n$/);
  });

  it('prefers its options to the variables, and works without both', async () => {
    const env = { IMAGES_MAPPING: MAPPING, IMAGES_PREFIX: 'p' };
    const options = ['--mapping', '{"routes":[{"path":"{a}.png","key":"{a}"}]}', '--prefix', 'q'];
    expect((await run(['explain', 'x.png', ...options], env)).stdout).toMatch(/^key {6}q\/x$/m);
    expect((await run(['explain', 'x.png', '--prefix', ''], env)).stdout).toMatch(/^key {6}x\.png$/m);
    expect((await run(['explain', 'x.png'])).stdout).toMatch(/^key {6}x\.png$/m);
  });

  it('reads a mapping from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      await writeFile(join(folder, 'mapping.json'), MAPPING);
      const { stdout } = await run(['explain', 'partnerimages/67/672.jpeg', '--mapping', join(folder, 'mapping.json')]);
      expect(stdout).toMatch(/^key {6}partners\/672\/original\.jpeg$/m);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const mapped = await run(['explain', 'x.png', '--json']);
    expect([mapped.exitCode, JSON.parse(mapped.stdout)]).toEqual([
      0,
      {
        path: 'x.png',
        key: 'x.png',
        routes: [{ route: '{path+}.{ext:image}', key: 'x.png', reason: expect.stringMatching(/the path$/) }],
      },
    ]);
    const rejected = await run(['explain', 'x.txt', '--json']);
    expect([rejected.exitCode, JSON.parse(rejected.stdout)]).toEqual([
      1,
      {
        path: 'x.txt',
        code: 'unknown-path',
        reason: expect.stringMatching(/: route 1 .*found "txt"/),
        routes: [{ route: '{path+}.{ext:image}', reason: expect.stringContaining('found "txt"') }],
      },
    ]);
  });
});

test('explainPath throws unexpected errors of the mapping', () => {
  const explainFails = () => {
    throw new TypeError('unexpected');
  };
  expect(() => explainPath('a.png', { ...createPathMapping(), explain: explainFails })).toThrow(TypeError);
});

describe('images-api', () => {
  test.each<[wrong: string, args: string[], stderr: RegExp]>([
    ['no command', [], /^Usage: images-api /],
    ['an unknown command', ['explode'], /^error: unknown command 'explode'/],
    ['no path', ['explain'], /^error: missing required argument 'path'/],
    ['an unknown option', ['explain', 'a.png', '--colour'], /^error: unknown option '--colour'/],
    [
      'a file that is missing',
      ['explain', 'a.png', '--mapping', 'gone.json'],
      /--mapping: cannot read the file gone\.json \(ENOENT\); give the name of a file, or JSON such as /,
    ],
    ['a mapping that is not JSON', ['explain', 'a.png', '--mapping', '{'], /IMAGES_MAPPING: .*JSON/],
    [
      'a wrong mapping and a wrong prefix',
      ['explain', 'a.png', '--mapping', '{"routes":[{"path":"{a}{b}","key":"{a}-{b}"}]}', '--prefix', '..'],
      /\n- IMAGES_PREFIX: .+\n- IMAGES_MAPPING: route 1, path, column 4: /,
    ],
  ])('returns 2 and explains the error on stderr: %s', async (_wrong, args, stderr) => {
    expect(await run(args)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  test('rejects with an unexpected error, such as an error of the output stream', async () => {
    const stdout = Object.assign(new PassThrough(), {
      write: () => {
        throw new Error('closed');
      },
    });
    await expect(runCommand(['explain', 'a.png'], {}, { stdout, stderr: new PassThrough() })).rejects.toThrow('closed');
  });

  test('prints how to get help after an error in the arguments', async () => {
    expect((await run(['explain'])).stderr).toMatch(/\nRun with --help to see the options\.\n$/);
  });

  test.each([['--help'], ['explain', '--help'], ['--version']])('returns 0 for %s %s', async (...args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(args.includes('--version') ? /^\d+\.\d+\.\d+\n$/ : /^Usage: images-api /);
  });

  test('lists the exit codes of explain in its help, with examples that work', async () => {
    const { stdout } = await run(['explain', '--help']);
    expect(stdout).toMatch(/0 {2}the path has a key\n {2}1 {2}the path has no key\n {2}2 {2}wrong usage/);
    const [, json = ''] = /--mapping '(.+)' --json/.exec(stdout) ?? [];
    expect((await run(['explain', '67286576.jpeg', '--mapping', json])).stdout).toMatch(
      /^key {6}67286576\/original\.jpeg$/m,
    );
  });
});
