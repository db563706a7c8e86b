import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReplayStore } from '@countersign/verifier'
import {
  createSqliteReplayStore,
  type SqliteDatabase,
  type SqliteReplayStoreOptions,
} from '@countersign/verifier/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { untold } from '../claims.ts'

/** A connection as its client makes it. */
export type Connection = SqliteDatabase & { close(): void }

/** One of the clients that the store takes. */
export interface SqliteClient {
  /** For another process, which has another place to load it from. */
  readonly modulePath: string
  open(file: string): Connection
}

type Constructor = new (file: string) => Connection

const require = createRequire(import.meta.url)

const loaders: Readonly<Record<string, () => SqliteClient>> = {
  'better-sqlite3': () => {
    const Database: Constructor = require('better-sqlite3')
    // Its native part is loaded by the first connection.
    new Database(':memory:').close()
    return { modulePath: require.resolve('better-sqlite3'), open: (file) => new Database(file) }
  },
  'node:sqlite': () => {
    const { DatabaseSync }: { DatabaseSync: Constructor } = require('node:sqlite')
    return { modulePath: 'node:sqlite', open: (file) => new DatabaseSync(file) }
  },
}

/** Each client, or why this machine does not have it. */
const clients = Object.entries(loaders).map(([name, load]) => {
  try {
    return { name, client: load() }
  } catch (error) {
    // Without the list of all places where a native part was looked for.
    const lines = String(error)
      .split('\n')
      .filter((line) => !line.includes('→'))
    const reason = `${name} cannot be loaded: ${lines.join(' ')}`
    console.warn(`SKIPPED: ${reason}`)
    return { name, reason }
  }
})

/**
 * Declares tests for each client. Where one cannot be loaded they are skipped with the reason; on CI that is
 * a failure for better-sqlite3, which is there for every Node.
 */
export function describeSqlite(what: string, declare: (client: SqliteClient) => void): void {
  for (const { name, client, reason = '' } of clients) {
    describe(`${what}, ${name}`, () => {
      if (client) declare(client)
      else declareMissing(reason, name === 'better-sqlite3')
    })
  }
}

function declareMissing(reason: string, isRequiredOnCi: boolean): void {
  test('can be loaded', ({ skip }) => {
    if (isRequiredOnCi) expect(process.env['CI'], reason).toBeFalsy()
    // skipped where there is no such client: one is built from source, the other is part of Node 22.5 and later
    skip(reason)
  })
}

/** A folder for the files of one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A file on which stores are opened, by as many connections as wanted. All are closed when the test is over. */
export interface StoreFile {
  readonly path: string
  connect(): Connection
  store(options?: SqliteReplayStoreOptions, database?: SqliteDatabase): ReplayStore
  /** Closes every connection. */
  close(): void
}

export function storeFile(client: SqliteClient, path: string = join(temporaryFolder(), 'replay.db')): StoreFile {
  const connections: Connection[] = []
  const file: StoreFile = {
    path,
    connect: () => {
      const connection = client.open(path)
      connections.push(connection)
      return connection
    },
    store: (options = {}, database = file.connect()) => createSqliteReplayStore(database, { ...untold, ...options }),
    close: () => {
      for (const connection of connections.splice(0)) connection.close()
    },
  }
  onTestFinished(file.close)
  return file
}

/** The first column of the first row. */
export function read(database: SqliteDatabase, sql: string): unknown {
  return Object.values(database.prepare(sql).get() as object)[0]
}
