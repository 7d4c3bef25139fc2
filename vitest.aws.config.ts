import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/aws/**/*.test.ts'],
    // The last one ends that everybody may do everything.
    globalSetup: ['test/aws/operator.ts', 'test/aws/accounts.ts'],
  },
});

export default config;
