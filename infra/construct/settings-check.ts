import { Token } from 'aws-cdk-lib';
import { SettingFault, SettingsError } from '../../src/settings/setting.ts';
import { mappingFaults, SETTINGS } from '../../src/settings/settings.ts';
import type { ServiceSettings } from './service-settings.ts';

/**
 * Checks the settings by the rules that the function applies at start. It skips values that only CloudFormation knows.
 *
 * @throws SettingsError that lists every wrong setting.
 */
export const checkServiceSettings = (settings: ServiceSettings): void => {
  const { environment: _, ...table } = SETTINGS;
  const faults: string[] = [];
  for (const [name, setting] of Object.entries(table)) {
    const value = settings[name as keyof typeof table];
    if (value === ('default' in setting ? setting.default : undefined) || Token.isUnresolved(value)) continue;
    const checked = setting.check(value);
    if (checked instanceof SettingFault) faults.push(`${name}: ${checked.message}`);
  }
  faults.push(...mappingFaults(settings).map(([name, fault]) => `${name}: ${fault}`));
  if (faults.length > 0) throw new SettingsError(faults);
};
