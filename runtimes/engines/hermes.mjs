import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleSuite } from '../bundle.mjs'
import { engineAlone, polyfills, printingProgram } from './bare.mjs'
import { readResult, runProgram } from './runtime.mjs'

/** The virtual machine of React Native, as the package hermes-engine-cli brings it. */
const binary = fileURLToPath(new URL('../node_modules/hermes-engine-cli/linux64-bin/hermes', import.meta.url))

/** What Hermes 0.12 does not know of the syntax, or only half, such as `let` in loops. */
const unknownSyntax = [
  'transform-async-generator-functions',
  'transform-async-to-generator',
  'transform-block-scoping',
  'transform-class-properties',
  'transform-classes',
  'transform-private-methods',
  'transform-unicode-property-regex',
]

/** What Babel made last, and of which bundle: it takes seconds. */
const cacheFile = fileURLToPath(new URL('../dist/hermes.json', import.meta.url))

/** The bundle, for the language that Hermes knows: what Metro does with its Babel preset. */
async function transformedBundle() {
  const source = await bundleSuite({ conditions: ['react-native'] })
  const hash = createHash('sha256').update(source).digest('hex')
  const cached = await readFile(cacheFile, 'utf8').then(JSON.parse, () => undefined)
  if (cached?.hash === hash) return cached.code
  const { transformAsync } = await import('@babel/core')
  const { default: presetEnv } = await import('@babel/preset-env')
  const { code } = await transformAsync(source, {
    babelrc: false,
    configFile: false,
    compact: false,
    sourceType: 'script',
    presets: [[presetEnv, { targets: { chrome: '100' }, include: [...unknownSyntax] }]],
  })
  await mkdir(dirname(cacheFile), { recursive: true })
  // Renamed into its place, since another process may read it.
  await writeFile(`${cacheFile}.${process.pid}`, JSON.stringify({ hash, code }))
  await rename(`${cacheFile}.${process.pid}`, cacheFile)
  return code
}

/** What Hermes 0.12 lacks of ECMAScript 2022, and newer ones have. The packages need the first, the vectors the second. */
const ecmaScript = `
if (!Object.hasOwn) {
  Object.hasOwn = function (object, name) { return Object.prototype.hasOwnProperty.call(object, name) }
}
if (!Array.prototype.at) {
  Array.prototype.at = function (index) { return this[index < 0 ? this.length + index : index] }
}
`

/** Hermes, the engine of React Native, without React Native around it. @type {import('./runtime.mjs').Runtime} */
export const hermes = {
  name: 'hermes',
  title: 'Hermes',
  capabilities: engineAlone,
  available: async () => existsSync(binary) || 'no hermes-engine-cli for Linux x64: pnpm install brings it',
  version: async () => /release version: (\S+)/.exec(await runProgram(binary, ['--version']))?.[1] ?? 'unknown',
  run: async (task) => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-hermes-'))
    try {
      const file = join(folder, 'suite.js')
      await writeFile(file, ecmaScript + polyfills() + printingProgram(await transformedBundle(), task))
      return readResult(await runProgram(binary, ['-O', '-w', file]))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}
