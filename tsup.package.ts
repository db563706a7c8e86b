import { defineConfig, type Options } from 'tsup'

type Entries = Record<string, string>
type Build = ReturnType<typeof defineConfig>

/**
 * ESM and CJS with types for both. The ESM build leaves dependencies to the user's resolver;
 * the CJS build carries the ESM-only ones, since `require` of ESM needs Node 20.19.
 */
export function packageBuild(entry: Entries, overrides: Options = {}): Build {
  const shared: Options = {
    entry,
    outDir: 'dist',
    target: 'es2022',
    platform: 'neutral',
    sourcemap: true,
    dts: true,
    clean: false,
    ...overrides,
  }
  return defineConfig([
    { ...shared, format: 'esm', splitting: true },
    { ...shared, format: 'cjs', splitting: false, noExternal: ['uuid', /^@noble\//] },
  ])
}
