import type { ReplayClaim, ReplayStore } from '@countersign/verifier'
import {
  createPostgresReplayStore,
  type PostgresClient,
  type PostgresReplayStoreOptions,
} from '@countersign/verifier/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { onTestFinished } from 'vitest'
import { untold } from '../claims.ts'

/** A client, and how it is closed. */
export interface Connected {
  readonly client: PostgresClient
  readonly close: () => Promise<void>
}

/** What a test does to the server of a client. */
interface ClientOptions {
  readonly isServerKilled?: boolean
}

/** The clients that the store takes, each by how it is opened. */
export const clients: Readonly<Record<string, (url: string, options?: ClientOptions) => Promise<Connected>>> = {
  'pg Pool': async (url) => {
    const client = pgPool(url)
    return { client, close: () => client.end() }
  },
  'pg Client': async (url) => {
    const client = await pgClient(url)
    return { client, close: () => client.end() }
  },
  'postgres.js': async (url, { isServerKilled = false } = {}) => {
    // It asks each new connection for the types by itself. Nobody can catch the error when the server dies meanwhile.
    const client = postgres(url, { onnotice: () => {}, max: 5, fetch_types: !isServerKilled })
    return { client, close: () => client.end({ timeout: 1 }) }
  },
}

/** A pool that lives through restarts of its server. */
export function pgPool(connectionString: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 5, ...options })
  pool.on('error', () => {})
  return pool
}

export async function pgClient(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** A pool for one test. */
export function testPool(url: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = pgPool(url, options)
  onTestFinished(() => pool.end())
  return pool
}

let tables = 0

/** The name of a table that nobody has used yet. */
export function newTable(): string {
  return `nonces_${process.pid}_${tables++}`
}

/** A store that says nothing of its start. */
export function quietStore(client: PostgresClient, options: PostgresReplayStoreOptions = {}): Promise<ReplayStore> {
  return createPostgresReplayStore(client, { ...untold, ...options })
}

/** What a store answers, or else the error. */
export async function attempt(store: ReplayStore, claim: ReplayClaim): Promise<unknown> {
  try {
    return await store.claim(claim)
  } catch (error) {
    return error
  }
}
