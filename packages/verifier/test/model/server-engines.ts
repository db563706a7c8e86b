import type { Redis } from 'ioredis'
import type pg from 'pg'
import type { PostgresQueryClient } from '../../src/replay/postgres/client.ts'
import { createPostgresReplayStore } from '../../src/replay/postgres/store.ts'
import { createRedisReplayStore } from '../../src/replay/redis/store.ts'
import type { ReplayStore } from '../../src/replay/replay-store.ts'
import { untold } from '../replay/claims.ts'
import { bucketSecondsOf } from './engines.ts'
import type { Engine } from './play-history.ts'

/** How many stores share each history. */
const instances = [0, 1, 2]

let names = 0

/** Redis by the clock of the history, which stands for that of the server. */
export function redisEngine(clients: readonly Redis[]): Engine {
  return {
    bucketSeconds: bucketSecondsOf,
    open: async (setting) => {
      const keyPrefix = `model-${names++}`
      const open = (): Promise<readonly ReplayStore[]> =>
        inTurn((index) => createRedisReplayStore(clients[index] as Redis, { ...untold, ...setting, keyPrefix }))
      const wipe = async (): Promise<void> => {
        const keys = await clients[0]?.keys(`*${keyPrefix}:*`)
        if (keys !== undefined && keys.length > 0) await clients[0]?.del(...keys)
      }
      return { stores: await open(), reopen: open, wipe, close: wipe }
    },
  }
}

/** PostgreSQL likewise. It forgets beside the claims. */
export function postgresEngine(pool: pg.Pool): Engine {
  return {
    bucketSeconds: bucketSecondsOf,
    forgetsLater: true,
    open: async (setting) => {
      const table = `model_${names++}`
      const { client, idle } = watched(pool)
      const open = (): Promise<readonly ReplayStore[]> =>
        inTurn(() => createPostgresReplayStore(client, { ...untold, ...setting, table }))
      // A statement that still runs was given the time of the history when it began, and the time has gone on.
      const wipe = async (): Promise<void> => {
        await idle()
        await pool.query(`TRUNCATE ${table}`)
      }
      // Left where it is: to drop it takes longer than to play the history.
      return { stores: await open(), reopen: open, wipe }
    },
  }
}

/** A client that knows when none of its statements runs. */
function watched(pool: pg.Pool): { client: PostgresQueryClient & { totalCount: number }; idle: () => Promise<void> } {
  const running = new Set<Promise<unknown>>()
  const query: PostgresQueryClient['query'] = (text, values) => {
    const answer = pool.query(text, values)
    const settled: Promise<unknown> = answer.catch(() => {}).finally(() => running.delete(settled))
    running.add(settled)
    return answer
  }
  const idle = async (): Promise<void> => {
    await Promise.all(running)
  }
  return { client: { query, totalCount: pool.totalCount }, idle }
}

/** One after another, since only the first may find that nothing came before. */
async function inTurn(open: (index: number) => Promise<ReplayStore>): Promise<readonly ReplayStore[]> {
  const stores: ReplayStore[] = []
  for (const index of instances) stores.push(await open(index))
  return stores
}
