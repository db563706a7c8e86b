import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Workspace packages resolve to their sources, so that their tests need no build. */
const conditions = ['@countersign/source', 'module', 'node', 'development|production']

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // A service or a browser takes its time to start on a small machine that is busy.
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['packages/*/test/**/*.test.ts'],
          // Some start real servers, and a Cluster takes its time to agree on a small machine that is busy.
          testTimeout: 30_000,
        },
      },
      { extends: true, test: { name: 'tools', include: ['tools/test/**/*.test.mjs'], testTimeout: 60_000 } },
      {
        extends: true,
        test: {
          name: 'examples',
          include: ['examples/**/*.test.ts'],
          globalSetup: ['./tools/packages/build-packages.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'runtimes',
          include: ['runtimes/test/**/*.test.ts'],
          globalSetup: ['./tools/packages/build-packages.ts'],
          // Browsers and other engines take their time to start.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          include: ['interop/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/.venv/**', '**/build/**', '**/target/**'],
          testTimeout: 60_000,
        },
      },
    ],
  },
})

export default config
