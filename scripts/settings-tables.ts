/** `npm run docs:settings`: writes the tables of docs/configuration.md and docs/deploy.md from the settings in the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CDK_SETTINGS } from '../infra/app/environment-schema.ts';
import { GATEWAY_SETTINGS } from '../src/settings/gateway-settings.ts';
import type { Setting } from '../src/settings/setting.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import { LOCAL_ENVIRONMENT } from '../src/settings/variables.ts';

const ROOT = join(import.meta.dirname, '..');

/** Text of each page with its table up to date, by the path of the page. */
export const renderPages = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(TABLES).map(([page, table]) => [page, replaceTable(readFileSync(join(ROOT, page), 'utf8'), table)]),
  );

/**
 * Replaces the table between the two markers.
 *
 * @throws Error if the page has no markers.
 */
export const replaceTable = (page: string, table: string): string => {
  const start = page.indexOf(START);
  const end = page.indexOf(END, start);
  if (start === -1 || end === -1)
    throw new Error(`The page has no line "${START}", or no line "${END}" after it; add both.`);
  return `${page.slice(0, start)}${START}\n\n${table}\n\n${page.slice(end)}`;
};

const START = '<!-- Written by npm run docs:settings. -->';
const END = '<!-- End of what npm run docs:settings writes. -->';

interface Row {
  readonly name: string;
  readonly meaning: string;
  readonly default: string;
}

const formatTable = (title: string, rows: readonly Row[]): string =>
  [
    `| ${title} | meaning | default |`,
    '|---|---|---|',
    ...rows.map((row) => `| \`${row.name}\` | ${row.meaning} | ${row.default} |`),
  ].join('\n');

const code = (text: string): string => (text === '' ? 'none' : `\`${text}\``);

const variableRow = ({ variable, meaning, ...setting }: Setting<unknown>): Row => {
  const fallback = 'default' in setting ? code(setting.format(setting.default)) : 'required';
  return { name: variable, meaning, default: fallback };
};

const variables = (): string =>
  formatTable('variable', [
    ...Object.entries(SETTINGS).map(([name, setting]) => {
      const row = variableRow(setting);
      return { ...row, default: LOCAL_DEFAULTS[name] ?? row.default };
    }),
    ...Object.values(GATEWAY_SETTINGS).map((setting) => {
      const row = variableRow(setting);
      return { ...row, meaning: `\`npm start\` only. ${row.meaning}` };
    }),
  ]);

/** Defaults of the settings that the function requires and the local gateway does not. */
const LOCAL_DEFAULTS: Readonly<Record<string, string>> = {
  environment: `required on Lambda; ${code(LOCAL_ENVIRONMENT)} locally`,
  bucket: 'required on Lambda; none locally',
};

const cdkSettings = (): string => {
  const { environment: _, ...functionSettings } = SETTINGS;
  return formatTable('setting', [
    ...Object.entries(functionSettings).map(([name, setting]) => {
      const row = variableRow(setting);
      return { ...row, name, default: STACK_DEFAULTS[name] ?? row.default };
    }),
    ...Object.entries(CDK_SETTINGS).map(([name, { meaning, default: value }]) => ({
      name,
      meaning,
      default: STACK_DEFAULTS[name] ?? (value === undefined ? 'none' : code(formatJson(value))),
    })),
  ]);
};

/** Defaults that CDK derives. */
const STACK_DEFAULTS: Readonly<Record<string, string>> = {
  bucketAccount: 'the account of the stack',
  bucketRegion: 'the region of the stacks',
  protect: '`true`, except for `dev`',
  account: 'the account of the credentials',
  region: 'the region of the credentials',
};

/** The value as in `cdk.json`, except that text has no quotes. */
const formatJson = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : JSON.stringify(value, null, 1)
        .replace(/\n */g, ' ')
        .replace(/\[ | \]/g, (edge) => edge.trim());

const TABLES: Readonly<Record<string, string>> = {
  'docs/configuration.md': variables(),
  'docs/deploy.md': cdkSettings(),
};

if (import.meta.main) {
  for (const [page, text] of renderPages()) {
    writeFileSync(join(ROOT, page), text);
    process.stdout.write(`Wrote ${page}\n`);
  }
}
