import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteReplayStore, type SqliteDatabase } from '@countersign/verifier/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createKeyRing } from './runner/key-ring.ts'
import { runVector } from './runner/run-vector.ts'
import type { SequenceStores } from './runner/sequence-stores.ts'
import { type Vector, vectorsOf } from './runner/vector.ts'
import { disagreement } from './runner/verdict.ts'
import { vectorFiles, vectorKeys } from './vector-files.ts'

type Connection = SqliteDatabase & { close(): void }
type Constructor = new (file: string) => Connection

const Database = loadSqlite()
const keys = createKeyRing(vectorKeys)

function loadSqlite(): Constructor | undefined {
  try {
    const found: Constructor = createRequire(import.meta.url)('better-sqlite3')
    // Its native part is loaded by the first connection.
    new found(':memory:').close()
    return found
  } catch {
    return undefined
  }
}

/** A restart closes the file, and opens it again. */
function sqliteStores(open: Constructor): SequenceStores {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-vectors-'))
  let connection: Connection | undefined
  onTestFinished(() => {
    connection?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    open: (clock, start) => {
      connection?.close()
      connection = new open(join(folder, start === 'lost' ? 'lost.db' : 'replay.db'))
      return createSqliteReplayStore(connection, { clock, startsFresh: start === 'fresh', onFloorRaised: () => {} })
    },
  }
}

/** Stores may forget at different times, so a code that the vector allows too is right. */
function withAllowed(vector: Vector, codes: readonly (string | undefined)[]): Vector {
  const steps = vector.steps?.map((step, index) => {
    const code = step.expect.alsoAllowed?.find((allowed) => allowed === codes[index])
    return code === undefined ? step : { ...step, expect: { ...step.expect, error: code } }
  })
  return { ...vector, ...(steps && { steps }) }
}

const sequences = vectorFiles.flatMap(([, file]) => vectorsOf(file)).filter(({ type }) => type === 'sequence')

describe('sequences with a store that survives its process', () => {
  if (Database === undefined) {
    const reason = 'better-sqlite3 cannot be loaded'
    test('can be run', ({ skip }) => {
      expect(process.env['CI'], reason).toBeFalsy()
      console.warn(`SKIPPED: ${reason}`)
      // skipped where the native part of better-sqlite3 was not built
      skip(reason)
    })
    return
  }
  test.each(sequences.map((vector) => [vector.id, vector] as const))('%s', async (_id, vector) => {
    const outcome = await runVector(vector, keys, { stores: sqliteStores(Database) })
    const codes = outcome.steps?.map(({ error }) => error) ?? []
    expect(disagreement(withAllowed(vector, codes), outcome), vector.comment).toBeUndefined()
  })
})
