import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/emulated/aws/**/*.test.ts'],
    // The last one ends that everybody may do everything.
    globalSetup: ['test/emulated/aws/operator.ts', 'test/emulated/aws/accounts.ts'],
  },
});

export default config;
