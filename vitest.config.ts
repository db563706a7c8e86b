import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Workspace packages resolve to their sources, so that tests need no build. */
const conditions = ['@countersign/source', 'module', 'node', 'development|production']

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'tools/test/**/*.test.mjs', 'examples/**/*.test.ts'],
  },
})

export default config
