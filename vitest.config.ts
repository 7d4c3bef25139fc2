import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  // The name under which others import it, without a build before each test.
  resolve: { alias: { 'images-api/domain': new URL('src/domain/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    // Suites with a command of their own: they install what they run against.
    exclude: ['test/emulated/**'],
    setupFiles: ['test/support/fast-check.ts'],
    // Many tests start processes, and share a busy machine with each other.
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Entries run in processes of their own, which this does not see: test/app/local.test.ts, test/suites/package.test.ts and
      // test/emulated/lambda.
      exclude: ['src/app/lambda.ts', 'src/app/local.ts', 'src/cli/images-api.ts'],
      reporter: ['text', 'html'],
      thresholds: {
        'src/domain/**': { 100: true },
        'src/{adapters,app,cli,testing}/**': { lines: 95, statements: 95, functions: 95, branches: 95 },
      },
    },
  },
});

export default config;
