import { createRequire } from 'node:module'
import pg from 'pg'
import { type PostgresServer, startPostgres } from '../../servers/postgres-server.ts'
import { type CuttingProxy, startProxy } from './cutting-proxy.ts'
import type { Engine, EngineSetting, RunningEngine } from './engine.ts'

const modulePath = createRequire(import.meta.url).resolve('pg')

/** Time is not waited for. */
const adjustableClock = true

/** Enough for the pools of 50 processes. */
const configuration = { max_connections: '200' }

/** A server for all scenes, each of which has a database of its own; one with a standby has its own server. */
export function postgres(): Engine & { readonly stop: () => Promise<void> } {
  let shared: Promise<PostgresServer> | undefined
  let databases = 0
  return {
    name: 'PostgreSQL',
    open: async (setting) => {
      if (setting.hasCopy) return openWithStandby()
      shared ??= startPostgres({ configuration, adjustableClock })
      const server = await shared
      server.setClock(0)
      const database = `scene${databases++}`
      await server.sql(`CREATE DATABASE ${database}`)
      return openDatabase(server, database, setting)
    },
    stop: async () => (await shared)?.stop(),
  }
}

async function openDatabase(
  server: PostgresServer,
  database: string,
  { isBehindProxy = false }: EngineSetting,
): Promise<RunningEngine> {
  const proxy = isBehindProxy ? await startProxy(server.port) : undefined
  const port = proxy?.port ?? server.port
  return {
    address: { kind: 'postgres', modulePath, connectionString: `postgres://postgres@127.0.0.1:${port}/${database}` },
    kill: server.kill,
    start: server.start,
    wipe: () => truncate(server.url({ database })),
    pause: server.pause,
    resume: server.resume,
    setClock: server.setClock,
    ...(proxy !== undefined && { proxy }),
    stop: async () => proxy?.close(),
  }
}

/** Whatever tables there are, ours and those of the wrong store. */
const truncateAll = `DO $$ BEGIN EXECUTE (
  SELECT 'TRUNCATE ' || string_agg(format('%I.%I', schemaname, tablename), ', ')
  FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
); END $$`

async function truncate(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(truncateAll)
  } finally {
    await client.end()
  }
}

/** A primary, and a standby that is cut off from it by ending what sends to it. */
async function openWithStandby(): Promise<RunningEngine> {
  const primary = await startPostgres({ configuration, adjustableClock })
  const standby = await primary.standby()
  const verifiers: CuttingProxy = await startProxy(primary.port)
  const connectionString = `postgres://postgres@127.0.0.1:${verifiers.port}/postgres`
  return {
    address: { kind: 'postgres', modulePath, connectionString },
    setClock: (offset) => {
      primary.setClock(offset)
      standby.setClock(offset)
    },
    cutReplication: async () => {
      await standby.kill()
    },
    failOver: async () => {
      await primary.kill()
      await standby.start()
      await standby.sql('SELECT pg_promote()')
      verifiers.leadTo(standby.port)
    },
    stop: async () => {
      await verifiers.close()
      await Promise.all([primary.stop(), standby.stop()])
    },
  }
}
