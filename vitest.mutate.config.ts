import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm run mutate`: other tests use the domain as well; these are the ones that have to notice. */
const config: ViteUserConfig = defineConfig({
  test: { include: ['test/domain/**/*.test.ts'], setupFiles: ['test/support/fast-check.ts'] },
});

export default config;
