import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need a toolchain and the bundles: `npm run test:lambda`.
    exclude: [...configDefaults.exclude, 'test/lambda/**'],
  },
});

export default config;
