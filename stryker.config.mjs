export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  ignorePatterns: ['.venv', 'build', 'dist', 'test/support/lambda-runtime/node_modules', 'cdk.out'],
  mutate: ['src/domain/**/*.ts'],
  coverageAnalysis: 'perTest',
  reporters: ['clear-text', 'html'],
  htmlReporter: { fileName: 'reports/mutation.html' },
  clearTextReporter: { allowColor: false, reportTests: false },
  concurrency: 2,
  thresholds: { high: 100, low: 98, break: 98 },
};
