import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm run test:deploy` */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/emulated/deploy/**/*.test.ts'],
    // Each step stands on the one before, and says how long it took.
    bail: 1,
    reporters: ['verbose'],
    // Milliseconds. A deployment takes some 10 s, and more on a busy machine.
    testTimeout: 300_000,
  },
});

export default config;
