import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import { OTHER_VERSIONS, otherNode } from './test/support/other-node.ts';

const FAST_CHECK = 'test/support/fast-check.ts';
const PACKAGE = 'test/suites/package.test.ts';

const unit: TestProjectInlineConfiguration = {
  test: {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    exclude: ['test/emulated/**', PACKAGE],
    setupFiles: [FAST_CHECK],
    // Milliseconds. Many tests start processes and run concurrently on a busy machine.
    testTimeout: 30_000,
  },
};

/** The project of `npm run package`. The tests write `dist` and `build`, which `npm run test:lambda` reads. */
const packed: TestProjectInlineConfiguration = { test: { name: 'package', include: [PACKAGE] } };

/** A project of tests against a runtime or an emulator of AWS, or in a browser. The `setup.ts` in its folder installs and starts it. */
const emulated = (name: string, testTimeout: number): TestProjectInlineConfiguration => ({
  test: {
    name,
    include: [`test/emulated/${name}/**/*.test.ts`],
    globalSetup: `test/emulated/${name}/setup.ts`,
    testTimeout,
    hookTimeout: 60_000,
  },
});

// Milliseconds. Functions start slowly on a busy machine; a deployment takes about 10 s on an idle machine.
const lambda = emulated('lambda', 60_000);
const aws = emulated('aws', 30_000);
const deploy = emulated('deploy', 300_000);
const browser = emulated('browser', 60_000);

/** The projects of `npm run test:node`: the Lambda bundle and the package on other versions of Node.js. */
const otherVersions = OTHER_VERSIONS.map(
  (version): TestProjectInlineConfiguration => ({
    test: {
      ...lambda.test,
      name: `node-${version}`,
      include: ['test/emulated/lambda/**/*.test.ts', PACKAGE],
      globalSetup: 'test/support/other-node-setup.ts',
      env: { NODE_UNDER_TEST: otherNode(version) },
    },
  }),
);

/** The project for `npm run mutate`. Other tests run domain code too, but the domain's own tests must kill every mutant. */
const mutation: TestProjectInlineConfiguration = {
  test: { name: 'mutation', include: ['test/domain/**/*.test.ts'], setupFiles: [FAST_CHECK] },
};
/** Stryker runs all projects and has no option to select one. */
const isStryker = process.env['STRYKER_MUTATOR_WORKER'] !== undefined;

const config: ViteUserConfig = defineConfig({
  // Examples import the domain by its package name. The alias points it at the source, so that tests need no build.
  resolve: { alias: { 'images-api/domain': new URL('src/domain/index.ts', import.meta.url).pathname } },
  test: {
    projects: isStryker ? [mutation] : [unit, packed, lambda, aws, deploy, browser, ...otherVersions],
    // The default leaves one core unused. On two cores that means one test file at a time, even while its tests wait.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'infra/**/*.ts'],
      // These entries run in separate processes, which coverage does not measure. test/app/local.test.ts,
      // test/suites/package.test.ts, test/emulated/lambda and test/emulated/deploy test them.
      exclude: ['src/app/lambda.ts', 'src/app/local.ts', 'src/cli/images-api.ts', 'infra/app/app.ts'],
      reporter: ['text', 'html'],
      thresholds: {
        'src/domain/**': { 100: true },
        'src/!(domain)/**': { lines: 98, statements: 98, functions: 98, branches: 98 },
        'infra/**': { lines: 98, statements: 98, functions: 98, branches: 95 },
      },
    },
  },
});

export default config;
