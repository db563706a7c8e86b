import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'vite'

for (const entry of JSON.parse(readFileSync('entries.json', 'utf8'))) {
  writeFileSync(
    `${entry}.html`,
    `<!doctype html><title>Page</title><script type="module" src="/src/${entry}.js"></script>\n`,
  )
  await build({
    logLevel: 'warn',
    build: {
      outDir: `dist/${entry}`,
      sourcemap: 'hidden',
      rollupOptions: { input: { [entry]: `${entry}.html` }, output: { entryFileNames: '[name].js' } },
    },
  })
}
