import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { type PostgresServer, postgresInstalled, postgresMissing, startPostgres } from '../servers/postgres-server.ts'
import { type RedisServer, redisMissing, redisProgram, startRedis } from '../servers/redis-server.ts'
import { describeWith } from '../servers/required.ts'
import { itAgrees } from './model-test.ts'
import { postgresEngine, redisEngine } from './server-engines.ts'

const least = { wipes: 0.15, replay_store_starting: 1 }

describeWith('the Redis store, three on one history', redisProgram, redisMissing, () => {
  let server: RedisServer
  let clients: readonly Redis[]

  beforeAll(async () => {
    server = await startRedis()
    clients = [0, 1, 2].map(() => new Redis({ host: '127.0.0.1', port: server.port }))
  })
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await server.stop()
  })

  itAgrees(() => redisEngine(clients), { histories: 1000, least })
})

describeWith('the PostgreSQL store, three on one history', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  let pool: pg.Pool

  beforeAll(async () => {
    server = await startPostgres()
    pool = new pg.Pool({ connectionString: server.url() })
  })
  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  itAgrees(() => postgresEngine(pool), { histories: 200, least })
})
