import { type FunctionSettings, SETTINGS } from '../settings/settings.ts';
import type { Variables } from '../settings/variables.ts';

/** Command-line options that override a setting. */
export interface Options {
  readonly environment?: string;
  readonly bucket?: string;
  readonly bucketOwner?: string;
  readonly bucketRegion?: string;
  readonly prefix?: string;
  readonly mapping?: string;
  readonly role?: string;
  readonly externalId?: string;
  readonly listing?: string;
  readonly signedLocations?: string;
  readonly redirectAbove?: string;
}

const OPTION_SETTINGS: Readonly<Record<keyof Options, keyof FunctionSettings>> = {
  environment: 'environment',
  bucket: 'bucket',
  bucketOwner: 'bucketAccount',
  bucketRegion: 'bucketRegion',
  prefix: 'prefix',
  mapping: 'mapping',
  role: 'readerRoleArn',
  externalId: 'externalId',
  listing: 'listing',
  signedLocations: 'signedLocations',
  redirectAbove: 'redirectAbove',
};

/** Name of the variable that an option overrides. */
export const variableOf = (option: keyof Options): string => SETTINGS[OPTION_SETTINGS[option]].variable;

/** Returns the variables, overridden by the options. */
export const withOptions = (env: Variables, options: Options): Variables => {
  const names = Object.keys(OPTION_SETTINGS) as (keyof Options)[];
  const given = names.filter((name) => options[name] !== undefined);
  return { ...env, ...Object.fromEntries(given.map((name) => [variableOf(name), options[name]])) };
};
