import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createMemoryReplayStore, type ReplayStore } from '@countersign/verifier'
import { createPostgresReplayStore } from '@countersign/verifier/postgres'
import { createRedisReplayStore } from '@countersign/verifier/redis'
import { createSqliteReplayStore } from '@countersign/verifier/sqlite'
import { shortLivedKeys, shortLivedMap, shortLivedRows, shortLivedTable } from './short-lived-stores.ts'
import type { Door, EngineAddress, VerifierTask } from './task.ts'

/** The stores behind the doors of one process. */
export type Stores = Readonly<Record<Door, ReplayStore>>

/** What of a task a store is told. */
export type StoreTask = Pick<VerifierTask, 'startsFresh' | 'maxEntries'> & { readonly clock: () => number }

/** Opens both stores on one engine. */
export async function openStores(engine: EngineAddress, task: StoreTask): Promise<Stores> {
  switch (engine.kind) {
    case 'memory':
      return {
        ours: createMemoryReplayStore({ ...optionsOf(task), clock: task.clock }),
        wrong: shortLivedMap(task.maxEntries),
      }
    case 'sqlite':
      return openSqlite(engine, task)
    case 'redis':
    case 'redis-cluster':
      return openRedis(engine, task)
    case 'postgres':
      return openPostgres(engine, task)
  }
}

/** The cap for each principal is that of all, since one principal signs what the tests send. */
function optionsOf({ startsFresh, maxEntries }: StoreTask): object {
  return { startsFresh, maxEntries, maxEntriesPerPrincipal: maxEntries, onFloorRaised: () => {} }
}

/** A client, from where the test found it. */
const load = (modulePath: string) => createRequire(modulePath)(modulePath)

function openSqlite(engine: EngineAddress & { kind: 'sqlite' }, task: StoreTask): Stores {
  const { folder, busyTimeoutMilliseconds } = engine
  const Database = load(engine.modulePath)
  const wrong = new Database(join(folder, 'wrong.db'))
  wrong.exec(`PRAGMA busy_timeout = ${busyTimeoutMilliseconds}`)
  wrong.exec('PRAGMA journal_mode = WAL')
  return {
    ours: createSqliteReplayStore(new Database(join(folder, 'ours.db')), {
      ...optionsOf(task),
      busyTimeoutMilliseconds,
      clock: task.clock,
    }),
    wrong: shortLivedRows(wrong, task.maxEntries),
  }
}

async function openRedis(
  engine: EngineAddress & { kind: 'redis' | 'redis-cluster' },
  task: StoreTask,
): Promise<Stores> {
  const { createClient, createCluster } = load(engine.modulePath)
  const url = (port: number): { url: string } => ({ url: `redis://127.0.0.1:${port}` })
  const client =
    engine.kind === 'redis' ? createClient(url(engine.port)) : createCluster({ rootNodes: engine.ports.map(url) })
  // A connection that is lost is made anew. What was asked meanwhile is for the verifier to refuse.
  client.on('error', () => {})
  await client.connect()
  return { ours: await createRedisReplayStore(client, optionsOf(task)), wrong: shortLivedKeys(client) }
}

async function openPostgres(engine: EngineAddress & { kind: 'postgres' }, task: StoreTask): Promise<Stores> {
  const { Pool } = load(engine.modulePath)
  // Few, since 50 processes may have a pool each.
  const pool = new Pool({ connectionString: engine.connectionString, max: 2 })
  pool.on('error', () => {})
  return { ours: await createPostgresReplayStore(pool, optionsOf(task)), wrong: await shortLivedTable(pool) }
}
