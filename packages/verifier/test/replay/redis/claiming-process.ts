/** A process of its own, which claims keys on a server that others ask too: see processes.test.ts. */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createRedisReplayStore } from '@countersign/verifier/redis'
import { claimOf, keyOf } from '../claims.ts'

/** What the process is told, as JSON. */
export interface Task {
  /** Where ioredis is loaded from. */
  readonly modulePath: string
  readonly port: number
  readonly keyPrefix: string
  /** It claims this many keys, beginning with number 0. */
  readonly count: number
}

const { modulePath, port, keyPrefix, count }: Task = JSON.parse(process.argv[2] ?? '')
const { Redis }: typeof import('ioredis') = createRequire(import.meta.url)(modulePath)
const client = new Redis({ host: '127.0.0.1', port })
const store = await createRedisReplayStore(client, { startsFresh: true, keyPrefix })

process.stdin.once('data', async () => {
  const now = Math.floor(Date.now() / 1000)
  const claims = Array.from({ length: count }, (_value, number) => {
    return store.claim(claimOf({ key: keyOf(number), created: now, now }))
  })
  for (const [number, claim] of claims.entries()) writeSync(1, `${number} ${await claim}\n`)
  process.exit(0)
})
writeSync(1, 'ready\n')
