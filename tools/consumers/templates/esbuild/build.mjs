import { readFileSync } from 'node:fs'
import { build } from 'esbuild'

for (const entry of JSON.parse(readFileSync('entries.json', 'utf8'))) {
  await build({
    entryPoints: [`src/${entry}.js`],
    outdir: `dist/${entry}`,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'external',
    logLevel: 'warning',
  })
}
