import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { createApp } from '../support/assembly.ts';
import { VARIANTS } from '../support/template-variants.ts';

interface Report {
  readonly violations: readonly unknown[];
  readonly suppressedViolations: readonly { readonly ruleName: string; readonly reason: string }[];
}

const check = (options: Readonly<Record<string, unknown>>): Report => {
  const app = createApp(options);
  const plugin = new AwsSolutionsChecks(app);
  Validations.of(app).addPlugins(plugin);
  const { directory } = app.synth();
  const { pluginReports } = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
  return pluginReports.find(({ pluginName }: { pluginName: string }) => pluginName === plugin.name);
};

describe.each(Object.entries(VARIANTS))('cdk-nag, with %s', (_, options) => {
  it('finds only violations of AwsSolutions that are acknowledged with a reason', () => {
    const { violations, suppressedViolations } = check(options);
    expect(violations).toEqual([]);
    expect(suppressedViolations.length).toBeGreaterThan(8);
    for (const { reason } of suppressedViolations) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
  }, 30_000);
});
