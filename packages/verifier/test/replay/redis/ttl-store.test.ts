import type { ReplayStore } from '@countersign/verifier'
import { replayStoreConformance } from '@countersign/verifier/replay-store-conformance'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { findFakeTime } from '../../servers/server.ts'
import { claimOf, keyOf } from '../claims.ts'
import { answerAfterOutage, clientOf, describeRedis, newPrefix, ownRedis } from './redis-stores.ts'

/** More than a message lives, so that no key expires by the true time amid a case of the kit, however long that takes. */
const marginSeconds = 120

/** What most do: a key with a time to live, by the clock of the server. It shows that the tests here can fail. */
function ttlStore(client: Redis, prefix = newPrefix()): ReplayStore {
  return {
    claim: async ({ key, created, forgetAfter, now, futureSkewSeconds }) => {
      if (now > forgetAfter || created > now + futureSkewSeconds) return 'stale'
      const set = await client.set(`${prefix}:${key}`, '1', 'EX', forgetAfter - now + marginSeconds, 'NX')
      return set === 'OK' ? 'accepted' : 'replayed'
    },
  }
}

const claimNow = (number: number): ReturnType<typeof claimOf> => {
  const now = Math.floor(Date.now() / 1000)
  return claimOf({ key: keyOf(number), created: now, now })
}

describeRedis('a store of keys with a time to live', (server) => {
  it('does not conform', async () => {
    const failed: string[] = []
    const makeStore = (): { store: ReplayStore; join: () => ReplayStore; reopen: () => ReplayStore } => {
      const prefix = newPrefix()
      const open = (): ReplayStore => ttlStore(clientOf(server()), prefix)
      return { store: open(), join: open, reopen: open }
    }
    for (const { name, run } of replayStoreConformance(makeStore, { histories: 5 })) {
      await run().catch(() => failed.push(name))
    }
    // The clock of the kit does not move that of the server: what a step of that does is shown below.
    expect(failed).toEqual([
      'refuses, when it is new, whatever may have been accepted before it',
      'serves, once its start is over, what was created since',
      'refuses with replay_store_full when it is full, and forgets nothing',
      'has room again when what it holds is too old to be accepted',
    ])
  })

  it.each([
    ['FLUSHALL', ['FLUSHALL']],
    ['the loss of its key', ['DEL', `ttl:${keyOf(1)}`]],
  ])('accepts twice after %s', async (_what, [name = '', ...args]) => {
    await server().command('FLUSHALL')
    const store = ttlStore(clientOf(server()), 'ttl')
    const claim = claimNow(1)
    expect(await store.claim(claim)).toBe('accepted')
    expect(await store.claim(claim)).toBe('replayed')
    await server().command(name, ...args)
    expect(await store.claim(claim)).toBe('accepted')
  })
})

describeWith('a store of keys with a time to live', redisProgram && findFakeTime(), 'npm run services', () => {
  it('accepts twice after the clock of the server was ahead for a moment', async () => {
    const server = await ownRedis({ adjustableClock: true })
    const store = ttlStore(clientOf(server))
    const claim = claimNow(1)
    expect(await store.claim(claim)).toBe('accepted')
    server.setClock(600)
    // Redis expires what its clock says is over, while the verifiers still accept it.
    expect(await store.claim(claim)).toBe('accepted')
    server.setClock(0)
  })

  it('accepts twice after a restart', async () => {
    const server = await ownRedis()
    const store = ttlStore(clientOf(server))
    const claim = claimNow(1)
    expect(await store.claim(claim)).toBe('accepted')
    await server.kill()
    await server.start()
    expect(await answerAfterOutage(store, claim)).toBe('accepted')
  })
})
