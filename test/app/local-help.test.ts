import { expect, test } from 'vitest';
import { formatHelp } from '../../src/app/local-help.ts';
import { GATEWAY_SETTINGS } from '../../src/settings/gateway-settings.ts';
import { SETTINGS } from '../../src/settings/settings.ts';

test('lists every variable', () => {
  const help = formatHelp();
  const variables = [...Object.values(GATEWAY_SETTINGS), ...Object.values(SETTINGS)].map(({ variable }) => variable);
  expect(variables.filter((variable) => !help.includes(`\n  ${variable}`))).toEqual([]);
});

test('shows the default and the meaning of a variable without Markdown', () => {
  expect(formatHelp()).toContain('  PORT (default: 3000)\n      The port; 0 for any free port.\n');
});

test('shows the local default of a variable that Lambda requires', () => {
  expect(formatHelp()).toContain('  ENVIRONMENT (default: dev)\n');
});

test('breaks every meaning at 80 columns', () => {
  const meanings = formatHelp()
    .split('\n')
    .filter((line) => line.startsWith('      '));
  expect(meanings.length).toBeGreaterThan(20);
  expect(meanings.filter((line) => line.length > 80)).toEqual([]);
});
