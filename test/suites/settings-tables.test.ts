import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SETTING_NAMES } from '../../infra/app/environment-schema.ts';
import { renderPages, replaceTable } from '../../scripts/settings-tables.ts';
import { GATEWAY_SETTINGS } from '../../src/settings/gateway-settings.ts';
import { SETTINGS } from '../../src/settings/settings.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('npm run docs:settings', () => {
  test.each([...renderPages()])('does not change %s, because its table is up to date', (page, rendered) => {
    expect(rendered).toBe(readFileSync(resolve(ROOT, page), 'utf8'));
  });

  test('writes one row per variable and per CDK setting', () => {
    const rowsOf = (page: string) =>
      [...(renderPages().get(page) ?? '').matchAll(/^\| `([A-Z][A-Z_]+|[a-z]+(?:[A-Z][a-z]+)*)` \| [A-Z`]/gm)].map(
        ([, name]) => name,
      );
    const variables = Object.values({ ...SETTINGS, ...GATEWAY_SETTINGS }).map(({ variable }) => variable);
    expect(rowsOf('docs/configuration.md')).toEqual(variables);
    expect(rowsOf('docs/deploy.md')).toEqual(SETTING_NAMES);
  });

  test('replaces an outdated table and keeps the text around the markers', () => {
    const [start, end] = [
      '<!-- Written by npm run docs:settings. -->',
      '<!-- End of what npm run docs:settings writes. -->',
    ];
    const page = (table: string) => `before\n${start}\n\n${table}\n\n${end}\nafter`;
    expect(replaceTable(page('| old |'), '| new |')).toBe(page('| new |'));
  });

  test('rejects a page without markers', () => {
    expect(() => replaceTable('text', '| new |')).toThrow(
      'The page has no line "<!-- Written by npm run docs:settings. -->"',
    );
  });
});
