import { isSignatureError } from '@countersign/core'
import type { ReplayClaim, ReplayStore } from '@countersign/verifier'
import { createRedisReplayStore, type RedisReplayStoreOptions } from '@countersign/verifier/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import {
  type RedisServer,
  type RedisSettings,
  redisMissing,
  redisProgram,
  startRedis,
} from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { untold } from '../claims.ts'

/** Declares tests that share a server. */
export function describeRedis(
  what: string,
  declare: (server: () => RedisServer) => void,
  settings?: RedisSettings,
): void {
  describeWith(what, redisProgram, redisMissing, () => {
    let server: RedisServer | undefined
    beforeAll(async () => {
      server = await startRedis(settings)
    })
    afterAll(() => server?.stop())
    declare(() => {
      if (server === undefined) throw new Error('the server is not up')
      return server
    })
  })
}

/** A server for one test. */
export async function ownRedis(settings?: RedisSettings): Promise<RedisServer> {
  const server = await startRedis(settings)
  onTestFinished(server.stop)
  return server
}

/** A client for one test, which comes back after an outage. */
export function clientOf(
  { port }: RedisServer,
  options: { keyPrefix?: string; maxRetriesPerRequest?: number } = {},
): Redis {
  const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20, ...options })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

let prefixes = 0

/** What no other test of the file uses. */
export function newPrefix(): string {
  return `test-${prefixes++}`
}

/** A store on a history of its own, unless the options name one. */
export function storeOn(server: RedisServer, options: RedisReplayStoreOptions = {}): Promise<ReplayStore> {
  return createRedisReplayStore(clientOf(server), { keyPrefix: newPrefix(), ...untold, ...options })
}

/** What a store says, be it an outcome or the code of a refusal. */
export async function answerOf(store: ReplayStore, claim: ReplayClaim): Promise<string> {
  try {
    return await store.claim(claim)
  } catch (error) {
    if (isSignatureError(error)) return error.code
    throw error
  }
}

/** Asks until the client has found its server again. */
export async function answerAfterOutage(store: ReplayStore, claim: ReplayClaim): Promise<string> {
  for (const deadline = Date.now() + 5000; ; ) {
    try {
      return await answerOf(store, claim)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** A clock that the test moves, in Unix seconds from a true time on. */
export interface MovableClock {
  readonly clock: () => number
  readonly now: () => number
  readonly travel: (seconds: number) => void
}

export function movableClock(from: number = Math.floor(Date.now() / 1000)): MovableClock {
  let seconds = from
  return {
    clock: () => seconds * 1000,
    now: () => seconds,
    travel: (by) => {
      seconds += by
    },
  }
}
