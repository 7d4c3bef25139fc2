import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = resolve(import.meta.dirname, '../..');

describe.each(['README.md', 'ARCHITECTURE.md', 'SECURITY.md'])('%s', (document) => {
  const text = readFileSync(resolve(ROOT, document), 'utf8');
  const find = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, found]) => found as string))];

  test('names files and folders that are there', () => {
    const links = find(/\]\((?!https?:|#)([^)#]+)/g);
    const paths = find(/`((?:src|test|infra|scripts|examples|samples|docs)\/[\w./-]+)`/g);
    expect([...links, ...paths].filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
  });

  test('names commands that are there', () => {
    const commands = find(/npm run (?:--silent )?([\w:-]+)/g);
    expect(commands.filter((command) => !Object.hasOwn(packageJson.scripts, command))).toEqual([]);
  });
});
