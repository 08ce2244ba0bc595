import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/runtimes/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
