import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { run } from './run.ts';

const MAPPING = JSON.stringify({
  routes: [
    { path: 'partnerimages/{id[0:2]}/{id:digits}.{ext:image}', key: 'partners/{id}/original.{ext}' },
    { path: 'copies/{id}.{ext:image}', key: 'copies/{id}/{ext}' },
    { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
  ],
});

describe('images-api explain', () => {
  it('shows each route in the order in which it is tried, and the key', async () => {
    expect(
      await run(['explain', '/partnerimages/67/672.jpeg'], { IMAGES_MAPPING: MAPPING, IMAGES_PREFIX: 'p' }),
    ).toEqual({
      exitCode: 0,
      stdout: [
        'path     partnerimages/67/672.jpeg',
        'route 1  partnerimages/{id[0:2]}/{id:digits}.{ext:image}',
        '         matches the path',
        'route 2  copies/{id}.{ext:image}',
        '         not tried: route 1 matches the path',
        'route 3  {path+}.{ext:image}',
        '         not tried: route 1 matches the path',
        'key      p/partners/672/original.jpeg',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('gives the reason of every route when none matches the path, and ends with 1', async () => {
    const { exitCode, stdout } = await run(['explain', 'notes.txt'], { IMAGES_MAPPING: MAPPING });
    expect(exitCode).toBe(1);
    expect(stdout.match(/^route \d/gm)).toEqual(['route 1', 'route 2', 'route 3']);
    expect(stdout).toMatch(/found "txt"\nno key {3}unknown-path\n$/);
  });

  it('says why a route matches the path but gives it no key', async () => {
    const mapping = '{"routes":[{"path":"{a}/{b}","key":"{a}-{b}"}]}';
    const { exitCode, stdout } = await run(['explain', 'x/y-z', '--mapping', mapping]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      'matches the path but gives it no key: expected a text that reads back {a} as "x", found "x-y-z"',
    );
  });

  it('says what keeps a text from being a path, and tries no route with it', async () => {
    expect(await run(['explain', 'a/../b.png'])).toEqual({
      exitCode: 1,
      stdout: 'no key   invalid-path: The path has a "." or ".." segment (number 2).\n',
      stderr: '',
    });
  });

  it('prefers its options to the variables, and needs neither', async () => {
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

  it('prints one JSON document on demand', async () => {
    const taken = await run(['explain', 'x.png', '--json']);
    expect([taken.exitCode, JSON.parse(taken.stdout)]).toEqual([
      0,
      {
        path: 'x.png',
        key: 'x.png',
        routes: [{ route: '{path+}.{ext:image}', key: 'x.png', reason: 'matches the path' }],
      },
    ]);
    const refused = await run(['explain', 'x.txt', '--json']);
    expect([refused.exitCode, JSON.parse(refused.stdout)]).toEqual([
      1,
      {
        path: 'x.txt',
        code: 'unknown-path',
        reason: expect.stringMatching(/^No route matches the path: route 1 expected an image extension/),
        routes: [{ route: '{path+}.{ext:image}', reason: expect.stringContaining('found "txt"') }],
      },
    ]);
  });
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
      /--mapping: gone\.json cannot be read \(ENOENT\)/,
    ],
    ['a mapping that is no JSON', ['explain', 'a.png', '--mapping', '{'], /IMAGES_MAPPING: expected JSON/],
    [
      'a mapping and a prefix that cannot work',
      ['explain', 'a.png', '--mapping', '{"routes":[{"path":"{a}{b}","key":"{a}-{b}"}]}', '--prefix', '..'],
      /^The configuration cannot be used:\n- IMAGES_PREFIX: .+\n- IMAGES_MAPPING: route 1, path, column 4: /,
    ],
  ])('ends with 2 for wrong usage: %s', async (_wrong, args, stderr) => {
    expect(await run(args)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  test.each([['--help'], ['explain', '--help'], ['--version']])('answers %s %s with exit code 0', async (...args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(args.includes('--version') ? /^\d+\.\d+\.\d+\n$/ : /^Usage: images-api /);
  });

  test('tells what explain ends with, and gives examples that work', async () => {
    const { stdout } = await run(['explain', '--help']);
    expect(stdout).toMatch(/0 {2}the path has a key\n {2}1 {2}it has none\n {2}2 {2}wrong usage/);
    const [, json = ''] = /--mapping '(.+)' --json/.exec(stdout) ?? [];
    expect((await run(['explain', '67286576.jpeg', '--mapping', json])).stdout).toMatch(
      /^key {6}67286576\/original\.jpeg$/m,
    );
  });
});
