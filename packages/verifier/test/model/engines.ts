import { rmSync } from 'node:fs'
import { createMemoryReplayStore, type MemoryReplayStoreOptions } from '../../src/replay/memory.ts'
import type { ReplayStore } from '../../src/replay/replay-store.ts'
import { createSqliteReplayStore, type SqliteDatabase } from '../../src/replay/sqlite/store.ts'
import { untold } from '../replay/claims.ts'
import { type Flaw, storeWith } from '../replay/flawed-store.ts'
import type { SqliteClient } from '../replay/sqlite/sqlite-clients.ts'
import type { Engine } from './play-history.ts'

/** The memory store. Its options can be bent, to see that the model notices. */
export function memoryEngine(
  bend: (options: MemoryReplayStoreOptions) => MemoryReplayStoreOptions = (options) => options,
): Engine {
  return {
    bucketSeconds: () => 16,
    open: (setting) => ({ stores: [createMemoryReplayStore(bend({ ...untold, ...setting }))] }),
  }
}

/** Wider for a longer window: a power of two that makes eight buckets of it. */
export function bucketSecondsOf(longestLife: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(longestLife / 8)))
}

/** SQLite without a file. A restart is a new store on the same connection. */
export function sqliteInMemory(client: SqliteClient): Engine {
  return {
    bucketSeconds: bucketSecondsOf,
    isAlwaysFresh: true,
    open: (setting) => {
      const database = client.open(':memory:')
      const open = (): readonly ReplayStore[] => [createSqliteReplayStore(database, { ...untold, ...setting })]
      return { stores: open(), reopen: open, wipe: () => wipeSqlite(database), close: () => database.close() }
    },
  }
}

/** SQLite on a file that three connections share. */
export function sqliteOnFile(client: SqliteClient, path: string): Engine {
  return {
    bucketSeconds: bucketSecondsOf,
    open: (setting) => {
      const connections = [0, 1, 2].map(() => client.open(path))
      const open = (): readonly ReplayStore[] =>
        connections.map((database) => createSqliteReplayStore(database, { ...untold, ...setting }))
      const close = (): void => {
        for (const connection of connections.splice(0)) connection.close()
      }
      return {
        stores: open(),
        reopen: () => {
          close()
          connections.push(...[0, 1, 2].map(() => client.open(path)))
          return open()
        },
        wipe: () => wipeSqlite(connections[0] as SqliteDatabase),
        close: () => {
          close()
          for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
        },
      }
    },
  }
}

function wipeSqlite(database: SqliteDatabase): void {
  for (const table of ['state', 'buckets', 'principals', 'nonces']) database.exec(`DELETE FROM countersign_${table}`)
}

/** A store with one mistake, or with none. It has no cap for each principal, and groups by the second. */
export function flawedEngine(flaw?: Flaw): Engine {
  return {
    bucketSeconds: () => 1,
    hasCapsPerPrincipal: false,
    open: async (setting) => {
      const { store, reopen, join } = await storeWith(flaw)({ ...setting })
      const open = async (first: ReplayStore): Promise<readonly ReplayStore[]> =>
        join === undefined ? [first] : [first, await join(), await join()]
      return {
        stores: await open(store),
        ...(reopen !== undefined && { reopen: async () => open(await reopen()) }),
      }
    },
  }
}
