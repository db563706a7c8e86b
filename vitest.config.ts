import { defineConfig } from 'vitest/config'

// Workspace packages resolve to their sources, so that tests need no build.
const conditions = ['@countersign/source']

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'tools/test/**/*.test.mjs', 'examples/**/*.test.ts'],
  },
})
