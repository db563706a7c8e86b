import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Folders of vectors and runners as the driver reads them. */
export interface Workshop {
  readonly root: string
  readonly vectors: string
  readonly runners: string
  /** Adds a runner whose program is `source`, and gives its folder. */
  addRunner(name: string, source: string, options?: RunnerOptions): string
  remove(): void
}

/** What a test says of a fake runner. */
export interface RunnerOptions {
  readonly runner?: Readonly<Record<string, unknown>>
  readonly disagreements?: readonly unknown[]
}

/** A runner that answers each test as `expression` says; `test` is in scope. */
export function answering(expression: string): string {
  return `
    import { createInterface } from 'node:readline'
    let first = true
    for await (const line of createInterface({ input: process.stdin })) {
      if (!first) {
        const test = JSON.parse(line)
        console.log(JSON.stringify({ id: test.id, ...(${expression}) }))
      }
      first = false
    }
  `
}

/** Makes the folders, with these tests in one group. */
export function createWorkshop(tests: readonly object[], type = 'base'): Workshop {
  const root = mkdtempSync(join(tmpdir(), 'interop-'))
  const vectors = join(root, 'vectors')
  const runners = join(root, 'runners')
  for (const folder of [vectors, runners]) mkdirSync(folder)
  writeFileSync(join(vectors, 'keys.json'), JSON.stringify({ keys: {} }))
  const group = { id: 'things', type, tests }
  writeFileSync(join(vectors, `${type}.json`), JSON.stringify({ suite: type, groups: [group] }))
  return {
    root,
    vectors,
    runners,
    addRunner(name, source, { runner = {}, disagreements } = {}): string {
      const folder = join(runners, 'tongue', name)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'runner.mjs'), source)
      writeFileSync(join(folder, 'runner.json'), JSON.stringify({ ...usual, name, ...runner }))
      if (disagreements !== undefined) {
        writeFileSync(join(folder, 'disagreements.json'), JSON.stringify(disagreements))
      }
      return folder
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

const usual = {
  language: 'Tongue',
  library: 'a library',
  version: '1.0.0',
  kind: 'third-party',
  types: ['base', 'sign', 'sequence'],
  profiles: ['rfc'],
  needs: [[process.execPath, '--version']],
  command: [process.execPath, 'runner.mjs'],
}
