import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const beside = fileURLToPath(new URL('../../../../shared/corpora', import.meta.url))

/**
 * The folder of an official corpus, such as `structured-fields`, `wycheproof` or `cctv-ed25519`.
 *
 * It is looked for in the folder that `COUNTERSIGN_CORPORA` names, then in `../shared/corpora` beside the repository.
 */
export function corpusFolder(name: string): string | undefined {
  return [process.env['COUNTERSIGN_CORPORA'], beside]
    .filter((root) => root !== undefined)
    .map((root) => join(root, name))
    .find((folder) => existsSync(folder))
}

/**
 * Declares the tests of a corpus. Where the corpus is missing they are skipped with the reason; on CI that is a failure,
 * since a suite that skips itself in silence proves nothing.
 */
export function describeCorpus(name: string, declare: (folder: string) => void): void {
  const folder = corpusFolder(name)
  describe(`corpus ${name}`, () => {
    if (folder === undefined) declareMissing(name)
    else declare(folder)
  })
}

function declareMissing(name: string): void {
  const reason = `corpus ${name} not found: set COUNTERSIGN_CORPORA to the folder that holds ${name}/`
  test('is present', ({ skip }) => {
    expect(process.env['CI'], reason).toBeFalsy()
    console.warn(`SKIPPED: ${reason}`)
    skip(reason)
  })
}
