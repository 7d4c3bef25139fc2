/** The CDK app that `cdk` runs: it reads the settings and adds the stacks. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { SettingsError } from '../../src/settings/setting.ts';
import { readSettings } from './settings.ts';
import { addStacks } from './stacks.ts';

const app = new App();
try {
  const settings = readSettings(app.node.getAllContext());
  for (const environment of settings.leftOut) {
    process.stderr.write(`${environment} is protected and left out. Add -c environment=${environment} to select it.\n`);
  }
  addStacks(app, settings);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
