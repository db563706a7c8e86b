import type { FloorRaised, ReplayClaim } from '@countersign/verifier'
import { createRedisReplayStore } from '@countersign/verifier/redis'
import { expect, it } from 'vitest'
import { type RedisServer, redisMissing, redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, keyOf, untold } from '../claims.ts'
import { answerAfterOutage, answerOf, clientOf, movableClock, newPrefix, ownRedis, storeOn } from './redis-stores.ts'

const time = movableClock()
const claimNow = (number: number): ReplayClaim => claimOf({ key: keyOf(number), created: time.now(), now: time.now() })

describeWith('a failover', redisProgram, redisMissing, () => {
  /** A replica that has all of what the primary has so far. */
  async function replicaOf(primary: RedisServer): Promise<RedisServer> {
    const replica = await ownRedis({ args: ['--repl-diskless-sync-delay', '0'] })
    await primary.command('CONFIG', 'SET', 'repl-diskless-sync-delay', '0')
    await replica.command('REPLICAOF', '127.0.0.1', String(primary.port))
    for (const deadline = Date.now() + 10_000; ; ) {
      if (String(await replica.command('INFO', 'replication')).includes('master_link_status:up')) return replica
      if (Date.now() > deadline) throw new Error('the replica did not get its copy')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Waits until the replica has what the primary has. */
  async function copied(primary: RedisServer): Promise<void> {
    const client = clientOf(primary)
    await client.set('marker', '1')
    expect(await client.wait(1, 5000)).toBe(1)
  }

  it('to a replica that missed the last acceptances accepts nothing twice', async () => {
    const primary = await ownRedis()
    const replica = await replicaOf(primary)
    const keyPrefix = newPrefix()
    const told: FloorRaised[] = []
    const options = { clock: time.clock, keyPrefix, onFloorRaised: (event: FloorRaised) => told.push(event) }
    const store = await storeOn(primary, { startsFresh: true, ...options })
    const [copiedClaim, lost] = [claimNow(1), claimNow(2)]
    expect(await store.claim(copiedClaim)).toBe('accepted')
    await copied(primary)
    // From here on the replica gets nothing more, not even what waits in its connection.
    replica.pause()
    await primary.command('CLIENT', 'KILL', 'TYPE', 'REPLICA')
    expect(await store.claim(lost)).toBe('accepted')
    await primary.kill()
    replica.resume()
    await replica.command('REPLICAOF', 'NO', 'ONE')
    const after = await storeOn(replica, options)
    expect(await answerOf(after, copiedClaim)).toBe('replayed')
    expect(await answerOf(after, lost)).toBe('replay_store_starting')
    expect(told).toEqual([{ store: 'redis', reason: 'failover', floor: time.now() + 10 }])
    time.travel(11)
    expect(await after.claim(claimNow(3))).toBe('accepted')
    expect(await answerOf(after, { ...lost, now: time.now() })).toBe('replay_store_starting')
  })

  it('back and forth accepts nothing twice, although the state names the same server', async () => {
    const first = await ownRedis()
    const second = await replicaOf(first)
    const options = { clock: time.clock, keyPrefix: newPrefix() }
    const onFirst = await storeOn(first, { startsFresh: true, ...options })
    expect(await onFirst.claim(claimNow(1))).toBe('accepted')
    await copied(first)
    first.pause()
    await second.command('REPLICAOF', 'NO', 'ONE')
    const onSecond = await storeOn(second, options)
    await answerOf(onSecond, claimNow(2))
    time.travel(11)
    const lost = claimNow(3)
    expect(await onSecond.claim(lost)).toBe('accepted')
    await second.kill()
    first.resume()
    // What an operator or a Sentinel does with a primary that comes back: a replica, and then the only one left.
    await first.command('REPLICAOF', '127.0.0.1', String(second.port))
    await first.command('REPLICAOF', 'NO', 'ONE')
    expect(await answerAfterOutage(onFirst, lost)).toBe('replay_store_starting')
  })

  it('leaves a store that still asks the old primary without an answer, once that is a replica', async () => {
    const first = await ownRedis()
    const second = await ownRedis()
    const store = await storeOn(first, { startsFresh: true, clock: time.clock })
    await first.command('CONFIG', 'SET', 'replica-read-only', 'no')
    await first.command('REPLICAOF', '127.0.0.1', String(second.port))
    await expect(store.claim(claimNow(1))).rejects.toThrow(/replica, which loses what it accepts|LOADING|MASTERDOWN/)
  })

  it('is not begun: a client that is connected to a replica is refused at the start', async () => {
    const primary = await ownRedis()
    const replica = await replicaOf(primary)
    const made = createRedisReplayStore(clientOf(replica), untold)
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow(/connected to a replica.*connect it to the primary/)
  })
})
