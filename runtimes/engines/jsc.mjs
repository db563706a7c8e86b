import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { bundleSuite } from '../bundle.mjs'
import { engineAlone, polyfills, printingProgram } from './bare.mjs'
import { readResult, runProgram } from './runtime.mjs'

/** `jsc` of WebKitGTK: JavaScriptCore without a browser around it. @type {import('./runtime.mjs').Runtime} */
export const jsc = {
  name: 'jsc',
  title: 'JavaScriptCore',
  capabilities: engineAlone,
  available: async () =>
    (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'jsc'))) ||
    'no jsc: bash tools/install/runtimes.sh',
  // It does not say: its package does.
  version: async () => {
    const status = await runProgram('dpkg-query', ['-s', 'libjavascriptcoregtk-4.0-bin'])
    return `WebKitGTK ${/^Version: ([0-9.]+)/m.exec(status)?.[1] ?? 'unknown'}`
  },
  run: async (task) => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-jsc-'))
    try {
      const file = join(folder, 'suite.js')
      await writeFile(file, polyfills() + printingProgram(await bundleSuite(), task))
      return readResult(await runProgram('jsc', [file]))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}
