import { resolve } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { expect, test } from 'vitest';

/** A source tree that violates each rule on purpose. */
const BROKEN = resolve(import.meta.dirname, 'broken');
const RULES = resolve(import.meta.dirname, '../../../.dependency-cruiser.mjs');

/** The file in `broken` that violates each rule. */
const EXPECTED: Readonly<Record<string, string>> = {
  'domain-imports-nothing': 'src/domain/errors.ts',
  'mapping-does-not-import-serving': 'src/domain/mapping/template.ts',
  'contract-imports-nothing': 'src/contract/problems.ts',
  'settings-import-the-domain-only': 'src/settings/settings.ts',
  'adapter-imports-no-other-technology': 'src/adapters/memory-image-store.ts',
  'aws-sdk-only-in-its-adapters': 'src/adapters/directory-image-store.ts',
  'pino-only-in-its-adapter': 'src/adapters/request-log.ts',
  'inversify-only-in-the-container': 'src/app/local.ts',
  'no-schema-library-in-src': 'src/app/lambda.ts',
  'testing-imports-the-domain-and-fast-check-only': 'src/testing/laws.ts',
  'client-imports-the-contract-only': 'src/client/client.ts',
  'app-is-not-imported': 'src/settings/settings.ts',
  'cli-is-not-imported': 'src/app/entry.ts',
  'commander-only-in-the-program': 'src/cli/explain.ts',
  'infra-imports-settings-contract-and-domain-only': 'infra/construct/image-function.ts',
  'construct-does-not-import-the-cdk-app': 'infra/construct/images-api.ts',
  'product-imports-no-tools': 'infra/construct/bundling.ts',
  'no-cycles': 'src/app/circle-a.ts',
  'imports-resolve': 'src/app/missing.ts',
  'shipped-code-imports-installed-packages': 'src/cli/report.ts',
};

test('each dependency rule reports the file that breaks it', async () => {
  const { default: config } = (await import(RULES)) as { default: IConfiguration };
  const { forbidden = [], options: { exclude, tsConfig, ...options } = {} } = config;
  const { output } = await cruise(['src', 'infra', 'test'], {
    ...options,
    ruleSet: { forbidden },
    validate: true,
    baseDir: BROKEN,
  });
  const reports = (output as ICruiseResult).summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  expect(Object.keys(EXPECTED).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  expect(reports).toEqual(expect.arrayContaining(Object.entries(EXPECTED).map(([rule, file]) => `${rule}: ${file}`)));
});
