import type { Options } from 'tsup'

/** One program, ESM: what a command needs is loaded when the command runs, so that --help answers at once. */
const config: Options = {
  entry: { countersign: 'src/countersign.ts' },
  outDir: 'dist',
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  // Deno knows Node's modules by their full names alone.
  external: [/^node:/],
  removeNodeProtocol: false,
}

export default config
