import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqliteClient } from '../../replay/sqlite/sqlite-clients.ts'
import type { Engine } from './engine.ts'

/** Lives and dies with the verifier. */
export const memory: Engine = {
  name: 'memory',
  open: async () => ({ address: { kind: 'memory' }, stop: async () => {} }),
}

/** A file for each door. */
export function sqlite(client: SqliteClient): Engine {
  return {
    name: 'SQLite',
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'countersign-faults-'))
      const files = ['ours.db', 'wrong.db'].map((name) => join(folder, name))
      const onBoth = (sql: (file: string) => string): void => {
        for (const file of files) {
          const database = client.open(file)
          database.exec(sql(file))
          database.close()
        }
      }
      let locks: { close(): void }[] = []
      return {
        address: { kind: 'sqlite', modulePath: client.modulePath, folder, busyTimeoutMilliseconds: 200 },
        wipe: async () => onBoth((file) => deleteAll(file.endsWith('ours.db') ? ourTables : ['nonces'])),
        pause: () => {
          locks = files.map((file) => {
            const database = client.open(file)
            database.exec('BEGIN IMMEDIATE')
            return database
          })
        },
        resume: () => {
          for (const database of locks.splice(0)) database.close()
        },
        stop: async () => {
          for (const database of locks) database.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  }
}

const ourTables = ['state', 'buckets', 'principals', 'nonces'].map((table) => `countersign_${table}`)

function deleteAll(tables: readonly string[]): string {
  return tables.map((table) => `DELETE FROM ${table};`).join(' ')
}
