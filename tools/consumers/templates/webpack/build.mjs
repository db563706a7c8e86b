import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import webpack from 'webpack'

const entries = JSON.parse(readFileSync('entries.json', 'utf8'))
const compiler = webpack(
  entries.map((entry) => {
    return {
      mode: 'production',
      devtool: 'hidden-source-map',
      entry: { [entry]: `./src/${entry}.js` },
      output: { path: resolve('dist', entry), filename: '[name].js' },
      // An optional peer that is not installed: webpack warns of what a `try` around an import takes care of.
      ignoreWarnings: [/Can't resolve '@noble\/curves\//],
    }
  }),
)

compiler.run((error, stats) => {
  if (error) throw error
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'))
})
