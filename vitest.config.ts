import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';

const FAST_CHECK = 'test/support/fast-check.ts';

const unit: TestProjectInlineConfiguration = {
  test: {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    exclude: ['test/emulated/**'],
    setupFiles: [FAST_CHECK],
    // Milliseconds. Many tests start processes, and share a busy machine with each other.
    testTimeout: 30_000,
  },
};

/** Tests against a runtime or an emulator of AWS, which `setup.ts` of their folder installs and starts. */
const emulated = (name: string, testTimeout: number): TestProjectInlineConfiguration => ({
  test: {
    name,
    include: [`test/emulated/${name}/**/*.test.ts`],
    globalSetup: `test/emulated/${name}/setup.ts`,
    testTimeout,
    hookTimeout: 60_000,
  },
});

// Milliseconds. Functions start while other processes are at work; a deployment takes about 10 s on an idle machine.
const lambda = emulated('lambda', 60_000);
const aws = emulated('aws', 30_000);
const deploy = emulated('deploy', 300_000);

/** `npm run mutate`: other tests use the domain too, but the domain's own tests must notice every mutant. */
const mutation: TestProjectInlineConfiguration = {
  test: { name: 'mutation', include: ['test/domain/**/*.test.ts'], setupFiles: [FAST_CHECK] },
};
/** Stryker runs every project, and cannot be told one. */
const isStryker = process.env['STRYKER_MUTATOR_WORKER'] !== undefined;

const config: ViteUserConfig = defineConfig({
  // The name under which others import it, without a build before each test.
  resolve: { alias: { 'images-api/domain': new URL('src/domain/index.ts', import.meta.url).pathname } },
  test: {
    projects: isStryker ? [mutation] : [unit, lambda, aws, deploy],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Entries run in processes of their own, which this does not see: test/app/local.test.ts, test/suites/package.test.ts and
      // test/emulated/lambda.
      exclude: ['src/app/lambda.ts', 'src/app/local.ts', 'src/cli/images-api.ts'],
      reporter: ['text', 'html'],
      thresholds: {
        'src/domain/**': { 100: true },
        'src/!(domain)/**': { lines: 98, statements: 98, functions: 98, branches: 98 },
      },
    },
  },
});

export default config;
