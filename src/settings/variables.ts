import type { PathMapping } from '../domain/index.ts';
import { GATEWAY_SETTINGS, type LocalSettings } from './gateway-settings.ts';
import { optional, type Setting, SettingFault, SettingsError, type SettingsTable } from './setting.ts';
import { type FunctionSettings, mappingFaults, SETTINGS, toPathMapping } from './settings.ts';

/**
 * Environment variables, such as `process.env`. An empty variable counts as not set, so a template can leave it empty.
 */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of the function.
 *
 * @throws SettingsError that lists every variable that is missing or wrong.
 */
export const readSettings = (env: Variables): FunctionSettings => readAll(SETTINGS, env);

/**
 * Reads the settings of the local gateway. All are optional.
 *
 * @param samplesFolder folder that is served if the variables name neither a bucket nor a folder.
 * @throws SettingsError that lists every variable that is wrong.
 */
export const readLocalSettings = (env: Variables, samplesFolder: string): LocalSettings =>
  readAll<LocalSettings>(
    {
      ...SETTINGS,
      environment: { ...SETTINGS.environment, default: LOCAL_ENVIRONMENT },
      bucket: { ...SETTINGS.bucket, ...optional(SETTINGS.bucket), default: undefined },
      ...GATEWAY_SETTINGS,
      directory: { ...GATEWAY_SETTINGS.directory, default: samplesFolder },
    },
    env,
  );

/** The default environment of the local gateway. */
export const LOCAL_ENVIRONMENT = 'dev';

/**
 * Reads only the prefix and the mapping, so the bucket may be missing.
 *
 * @throws SettingsError that lists every fault of the mapping and the prefix.
 */
export const readPathMapping = (env: Variables): PathMapping => {
  const faults: string[] = [];
  const settings = readTable({ prefix: SETTINGS.prefix, mapping: SETTINGS.mapping }, env, faults);
  faults.push(...readMappingFaults(settings));
  if (faults.length > 0) throw new SettingsError(faults);
  return toPathMapping(settings);
};

/** Returns the variables that `readSettings` turns back into the settings, without those that have their default. */
export const toVariables = (settings: FunctionSettings): Record<string, string> => {
  const variables: Record<string, string> = {};
  for (const [name, setting] of entriesOf(SETTINGS)) {
    const text = setting.format(settings[name as keyof FunctionSettings]);
    if ('default' in setting && text === setting.format(setting.default)) continue;
    variables[setting.variable] = text;
  }
  return variables;
};

const readAll = <Settings extends Omit<FunctionSettings, 'bucket'>>(
  table: SettingsTable<Settings>,
  env: Variables,
): Settings => {
  const faults: string[] = [];
  const settings = readTable(table, env, faults);
  const { externalId, readerRoleArn } = SETTINGS;
  if (isSet(env, externalId) && !isSet(env, readerRoleArn)) {
    faults.push(
      `${externalId.variable}: has no effect without ${readerRoleArn.variable}; set ${readerRoleArn.variable} as well`,
    );
  }
  if (!isSet(env, SETTINGS.bucket)) faults.push(...readBucketFaults(settings));
  faults.push(...readMappingFaults(settings));
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
};

/** Faults of settings that need a bucket: a folder has no signed URLs. */
const readBucketFaults = ({
  signedLocations,
  redirectAbove,
}: Pick<FunctionSettings, 'signedLocations' | 'redirectAbove'>): readonly string[] =>
  [
    ...(signedLocations === 'on' ? [SETTINGS.signedLocations] : []),
    ...(redirectAbove === undefined ? [] : [SETTINGS.redirectAbove]),
  ].map(
    ({ variable }) =>
      `${variable}: needs a bucket, because only S3 signs URLs; set ${SETTINGS.bucket.variable}, or remove ${variable}`,
  );

/** Appends to `faults`. A setting with a fault is undefined, so use the result only if no faults were added. */
const readTable = <Settings>(table: SettingsTable<Settings>, env: Variables, faults: string[]): Settings =>
  Object.fromEntries(
    entriesOf(table).map(([name, setting]) => [name, readVariable(setting, env, faults)]),
  ) as unknown as Settings;

const readVariable = (setting: Setting<unknown>, env: Variables, faults: string[]): unknown => {
  const { variable } = setting;
  const missing = !isSet(env, setting);
  if (missing && 'default' in setting) return setting.default;
  const value = missing ? setting.check(undefined) : setting.parse(String(env[variable]));
  if (!(value instanceof SettingFault)) return value;
  faults.push(`${variable}: ${missing ? 'missing; ' : ''}${value.message}`);
  return undefined;
};

const isSet = (env: Variables, { variable }: Pick<Setting<unknown>, 'variable'>): boolean =>
  env[variable] !== undefined && env[variable] !== '';

const readMappingFaults = (settings: Pick<FunctionSettings, 'prefix' | 'mapping'>): readonly string[] =>
  mappingFaults(settings).map(([name, fault]) => `${SETTINGS[name].variable}: ${fault}`);

const entriesOf = (table: object): [string, Setting<unknown>][] => Object.entries(table);
