import type { Options } from 'tsup'

/**
 * ESM and CJS with types for both. The ESM build leaves dependencies to the user's resolver;
 * the CJS build carries the ESM-only ones, since `require` of ESM needs Node 20.19.
 */
export function packageBuild(entry: Record<string, string>): Options[] {
  const shared: Options = {
    entry,
    outDir: 'dist',
    target: 'es2022',
    platform: 'neutral',
    sourcemap: true,
    dts: true,
    // Deno and Workers know Node's modules by their full names alone.
    external: [/^node:/],
    removeNodeProtocol: false,
  }
  return [
    { ...shared, format: 'esm', splitting: true },
    { ...shared, format: 'cjs', splitting: false, noExternal: ['uuid', /^@noble\//] },
  ]
}
