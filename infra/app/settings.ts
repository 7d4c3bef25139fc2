import { RESERVED_ENVIRONMENTS } from '../../src/settings/names.ts';
import { SettingsError } from '../../src/settings/setting.ts';
import { readEnvironment, SETTING_NAMES } from './environment-schema.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/** What is deployed: the environments that were asked for, and the engineers who get stacks of their own. */
export interface Settings {
  readonly environments: readonly EnvironmentSettings[];
  readonly owners: readonly string[];
}

/**
 * Reads the settings from the context of a CDK app: `environments` of `cdk.json`, with the values of
 * `-c <environment>.<setting>=…` in their place; `-c environment=dev` leaves the others out; `-c owner=alice,bob` adds the
 * stacks of these engineers.
 *
 * @throws SettingsError that lists everything that is wrong.
 */
export const readSettings = (context: Readonly<Record<string, unknown>>): Settings => {
  const faults: string[] = [];
  const given = members(context['environments']);
  const names = Object.keys(given);
  if (names.length === 0) faults.push('environments: expected {"dev": {"bucket": "…"}} in the context of cdk.json');
  const overrides = readOverrides(context, names, faults);
  const all = names.map((name) => readEnvironment(name, { ...members(given[name]), ...overrides.get(name) }, faults));
  const wanted = readList(context['environment']) ?? names;
  const owners = readList(context['owner']) ?? [];
  const environments = all.filter(({ environment }) => wanted.includes(environment));
  faults.push(
    ...names.flatMap(environmentNameFaults),
    ...wanted.filter((name) => !names.includes(name)).map((name) => `environment: ${noSuch(name, names)}`),
    ...ownerFaults(owners),
  );
  if (owners.length > 0 && environments.length > 0 && environments.every((settings) => settings.owners === false)) {
    faults.push(
      `owner: engineers have no stacks in ${wanted.join(' and ')}; "owners": true in cdk.json gives them some`,
    );
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return { environments, owners };
};

/** By environment; everything else in the context is CDK's own. */
const readOverrides = (
  context: Readonly<Record<string, unknown>>,
  names: readonly string[],
  faults: string[],
): ReadonlyMap<string, Record<string, unknown>> => {
  const overrides = new Map<string, Record<string, unknown>>();
  for (const [key, value] of Object.entries(context)) {
    const [, environment, setting] = /^([^.:/@]+)\.([^.:/@]+)$/.exec(key) ?? [];
    if (environment !== undefined && setting !== undefined) {
      if (!names.includes(environment)) faults.push(`${key}: ${noSuch(environment, names)}`);
      overrides.set(environment, { ...overrides.get(environment), [setting]: value });
    } else if (SETTING_NAMES.includes(key)) {
      faults.push(`${key}: say for which environment, as in -c ${names[0] ?? 'dev'}.${key}=…`);
    }
  }
  return overrides;
};

const environmentNameFaults = (name: string): string[] => {
  if (RESERVED_ENVIRONMENTS.includes(name)) return [`${name}: its stacks would have the names of others; rename it`];
  if (/^[a-z][a-z0-9]{0,15}$/.test(name)) return [];
  return [`${name}: expected the name of an environment: a letter and up to 15 letters or digits, in lower case`];
};

/** A name is taken as it stands, so that no two owners have one stack, wherever they deploy from. */
const ownerFaults = (owners: readonly string[]): string[] => {
  const faults: string[] = [];
  const stacks = new Map<string, string>();
  for (const owner of owners) {
    const name = sanitize(owner);
    const other = stacks.get(name);
    if (other !== undefined) faults.push(`owner: ${quote(other)} and ${quote(owner)} would share a stack`);
    stacks.set(name, owner);
    if (isOwner(owner)) continue;
    const mend = isOwner(name) ? `write ${name}` : 'choose a short name such as alice';
    faults.push(
      `owner: expected a letter and up to 23 letters, digits and single hyphens, found ${quote(owner)}; ${mend}`,
    );
  }
  return faults;
};

const isOwner = (owner: string): boolean => owner.length <= 24 && /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(owner);

const sanitize = (owner: string): string =>
  owner
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '');

const noSuch = (environment: string, names: readonly string[]): string =>
  `there is no environment ${quote(environment)}; cdk.json has ${names.join(' and ')}`;

const readList = (value: unknown): string[] | undefined =>
  typeof value === 'string' ? value.split(',').map((item) => item.trim()) : undefined;

const members = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const quote = (value: string): string => JSON.stringify(value);
