import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface LockedPackage {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly inBundle?: boolean;
  readonly link?: boolean;
}

const PACKAGES: Readonly<Record<string, LockedPackage>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
).packages;

test('package-lock.json has an integrity hash for every package that is not bundled in another, and no registry URL', () => {
  const locked = Object.entries(PACKAGES).filter(([path]) => path !== '');
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { integrity, inBundle, link }]) => !(integrity ?? inBundle ?? link))).toEqual([]);
  expect(locked.filter(([, { resolved }]) => resolved?.startsWith('http'))).toEqual([]);
});
