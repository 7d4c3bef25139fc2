import { RESERVED_ENVIRONMENTS } from '../../src/settings/names.ts';
import { SettingsError } from '../../src/settings/setting.ts';
import { readEnvironment, SETTING_NAMES } from './environment-schema.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/** The selected environments, and the engineers who get stacks of their own. */
export interface Settings {
  readonly environments: readonly EnvironmentSettings[];
  /** Protected environments that are not selected, because `-c environment=` does not name them. */
  readonly leftOut: readonly string[];
  readonly engineers: readonly string[];
}

/**
 * Reads the settings from the context of a CDK app. `environments` of `cdk.json` has the values, and
 * `-c <environment>.<setting>=…` overrides one of them. `-c environment=dev` selects one environment; without it, all
 * are selected except those that are protected. `-c owner=alice,bob` adds the stacks of two engineers.
 *
 * @throws SettingsError that lists every fault.
 */
export const readSettings = (context: Readonly<Record<string, unknown>>): Settings => {
  const faults: string[] = [];
  const given = asRecord(context['environments']);
  const names = Object.keys(given);
  if (names.length === 0) {
    faults.push(
      'environments: none found; write at least one into the context of cdk.json, such as {"dev": {"bucket": "…"}}',
    );
  }
  const overrides = readOverrides(context, names, faults);
  const all = names.map((name) => readEnvironment(name, { ...asRecord(given[name]), ...overrides.get(name) }, faults));
  const named = readList(context['environment']);
  const wanted = named ?? names;
  const engineers = readList(context['owner']) ?? [];
  const isLeftOut = ({ protect }: EnvironmentSettings) => protect && named === undefined;
  const environments = all.filter((settings) => wanted.includes(settings.environment) && !isLeftOut(settings));
  faults.push(
    ...names.flatMap(environmentNameFaults),
    ...wanted.filter((name) => !names.includes(name)).map((name) => `environment: ${unknownEnvironment(name, names)}`),
    ...engineerFaults(engineers),
  );
  for (const { environment, protect, account } of environments) {
    if (protect && account === undefined) {
      faults.push(
        `${environment}.account: missing, but a protected environment needs it; write the account ID of the stacks, 12 digits in quotes, or set "protect": false`,
      );
    }
  }
  if (engineers.length > 0 && environments.length > 0 && environments.every((settings) => settings.owners === false)) {
    faults.push(
      `owner: engineers may not have stacks in ${environments.map(({ environment }) => environment).join(' and ')}; set "owners": true in cdk.json, or leave out -c owner`,
    );
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return { environments, leftOut: all.filter(isLeftOut).map(({ environment }) => environment), engineers };
};

/** The overrides of each environment. Other keys of the context belong to CDK. */
const readOverrides = (
  context: Readonly<Record<string, unknown>>,
  names: readonly string[],
  faults: string[],
): ReadonlyMap<string, Record<string, unknown>> => {
  const overrides = new Map<string, Record<string, unknown>>();
  for (const [key, value] of Object.entries(context)) {
    const [, environment, setting] = /^([^.:/@]+)\.([^.:/@]+)$/.exec(key) ?? [];
    if (environment !== undefined && setting !== undefined) {
      if (!names.includes(environment)) faults.push(`${key}: ${unknownEnvironment(environment, names)}`);
      overrides.set(environment, { ...overrides.get(environment), [setting]: value });
    } else if (SETTING_NAMES.includes(key)) {
      faults.push(`${key}: the environment is missing; write -c ${names[0] ?? 'dev'}.${key}=…`);
    }
  }
  return overrides;
};

const environmentNameFaults = (name: string): string[] => {
  if (RESERVED_ENVIRONMENTS.includes(name)) {
    return [`${name}: this name is reserved, because other stacks use it; choose another name, such as dev`];
  }
  if (/^[a-z][a-z0-9]{0,15}$/.test(name)) return [];
  return [
    `${name}: expected the name of an environment: a lower-case letter and up to 15 lower-case letters or digits`,
  ];
};

/** Names are rejected instead of corrected: two engineers who deploy from different machines could get the same stack. */
const engineerFaults = (engineers: readonly string[]): string[] => {
  const faults: string[] = [];
  const stacks = new Map<string, string>();
  for (const engineer of engineers) {
    const name = sanitize(engineer);
    const other = stacks.get(name);
    if (other !== undefined) {
      faults.push(`owner: ${quote(other)} and ${quote(engineer)} would share a stack; choose two different names`);
    }
    stacks.set(name, engineer);
    if (isEngineer(engineer)) continue;
    const fix = isEngineer(name) ? `write ${name}` : 'choose a short name such as alice';
    faults.push(
      `owner: expected a lower-case letter and up to 23 lower-case letters, digits and single hyphens, found ${quote(engineer)}; ${fix}`,
    );
  }
  return faults;
};

const isEngineer = (name: string): boolean => name.length <= 24 && /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name);

const sanitize = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '');

const unknownEnvironment = (environment: string, names: readonly string[]): string =>
  `${quote(environment)} is not an environment of cdk.json; write ${names.join(' or ')}`;

const readList = (value: unknown): string[] | undefined =>
  typeof value === 'string' ? value.split(',').map((item) => item.trim()) : undefined;

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const quote = (value: string): string => JSON.stringify(value);
