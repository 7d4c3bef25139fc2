import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm run test:lambda` */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/emulated/lambda/**/*.test.ts'],
    // Milliseconds. Processes start while others are at work.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default config;
