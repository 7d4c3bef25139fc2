import { resolve } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { expect, test } from 'vitest';

/** A tree in which each rule is broken in one place: a rule whose patterns match nothing would be missing here. */
const BROKEN = resolve(import.meta.dirname, 'broken');
const RULES = resolve(import.meta.dirname, '../../.dependency-cruiser.mjs');

test('every rule of the structure forbids something', async () => {
  const { default: config } = (await import(RULES)) as { default: IConfiguration };
  const { forbidden = [], options: { exclude, tsConfig, ...options } = {} } = config;
  const { output } = await cruise(['src', 'infra', 'scripts', 'test'], {
    ...options,
    ruleSet: { forbidden },
    validate: true,
    baseDir: BROKEN,
  });
  const broken = (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
  expect([...new Set(broken)].sort()).toEqual(forbidden.map(({ name }) => name).sort());
});
