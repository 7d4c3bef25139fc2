import { type FunctionSettings, SETTINGS } from '../../src/settings/settings.ts';
import { toVariables } from '../../src/settings/variables.ts';

/**
 * Environment variables of the function.
 *
 * @param ownAccount Account that must own the bucket if the settings name no other account.
 */
export const functionVariables = (settings: FunctionSettings, ownAccount: string): Record<string, string> => ({
  // Engineers look for these two in the console, so they are set even if they have their defaults.
  [SETTINGS.prefix.variable]: settings.prefix,
  [SETTINGS.logLevel.variable]: settings.logLevel,
  // Without an expected owner, the function would also read a bucket of this name in a stranger's account.
  ...toVariables({ ...settings, bucketAccount: settings.bucketAccount ?? ownAccount }),
});
