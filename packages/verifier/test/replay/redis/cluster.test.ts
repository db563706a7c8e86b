import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReplayClaim, ReplayStore } from '@countersign/verifier'
import { createRedisReplayStore, type RedisClient } from '@countersign/verifier/redis'
import { Cluster } from 'ioredis'
import { createSentinel } from 'redis'
import { expect, it, onTestFinished } from 'vitest'
import { startRedisCluster } from '../../servers/redis-cluster.ts'
import { type RedisServer, redisMissing, redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { freePort, serverFolder, startServer } from '../../servers/server.ts'
import { claimOf, keyOf, untold } from '../claims.ts'
import { answerOf, movableClock, newPrefix, ownRedis } from './redis-stores.ts'

/** The key of the state of a store with one partition. */
const stateOf = (keyPrefix: string): string => `{${keyPrefix}:0}:state`

/** Which server holds the slot, and one that does not. */
async function holders(servers: readonly RedisServer[], key: string): Promise<readonly [RedisServer, RedisServer]> {
  const held = await Promise.all(servers.map(({ command }) => command('EXISTS', key).catch(() => 0)))
  const [from, to] = [servers[held.indexOf(1)], servers[held.indexOf(0)]]
  if (from === undefined || to === undefined) throw new Error(`nobody has ${key}`)
  return [from, to]
}

describeWith('a Cluster', redisProgram, redisMissing, () => {
  it('that moves a partition to another primary accepts nothing twice, also in the midst of it', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(cluster.stop)
    const client = new Cluster(cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port })))
    onTestFinished(() => client.disconnect())
    const time = movableClock()
    const keyPrefix = newPrefix()
    const options = { startsFresh: true, clock: time.clock, keyPrefix, partitions: 1, ...untold }
    const store = await createRedisReplayStore(client, options)
    const claim = (number: number, age = 0): ReplayClaim =>
      claimOf({ key: keyOf(number), created: time.now() - age, now: time.now() })
    const before = [0, 20, 40].map((age, number) => claim(number, age))
    for (const one of before) expect(await store.claim(one)).toBe('accepted')

    const [from, to] = await holders(cluster.primaries, stateOf(keyPrefix))
    const [fromId, toId] = [String(await from.command('CLUSTER', 'MYID')), String(await to.command('CLUSTER', 'MYID'))]
    const slot = String(await from.command('CLUSTER', 'KEYSLOT', stateOf(keyPrefix)))
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
    const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, '100')) as string[]
    for (const key of keys.sort()) {
      await from.command('MIGRATE', '127.0.0.1', String(to.port), key, '0', '5000')
      // Some of the keys are here, and some there.
      for (const one of before) expect(await said(store, one)).not.toBe('accepted')
    }
    // All of them, as redis-cli does: a client that asks one which has not heard of it is sent to and fro.
    for (const { command } of new Set([to, from, ...cluster.primaries])) {
      await command('CLUSTER', 'SETSLOT', slot, 'NODE', toId)
    }
    for (const one of before) expect(['replayed', 'replay_store_starting']).toContain(await answerOf(store, one))
    expect(await answerOf(store, claim(10))).toBe('replay_store_starting')
    time.travel(11)
    for (const one of before) expect(await answerOf(store, { ...one, now: time.now() })).not.toBe('accepted')
    expect(await store.claim(claim(11))).toBe('accepted')
  })
})

/** What a store says, or that it cannot. */
async function said(store: ReplayStore, claim: ReplayClaim): Promise<string> {
  return answerOf(store, claim).catch((error: Error) => error.message)
}

describeWith('a Sentinel', redisProgram, redisMissing, () => {
  it('leads a client of node-redis to the primary', async () => {
    const primary = await ownRedis()
    const port = await freePort()
    const folder = serverFolder('sentinel')
    const file = join(folder, 'sentinel.conf')
    writeFileSync(file, `sentinel monitor bank 127.0.0.1 ${primary.port} 1\n`)
    const isReady = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}`).catch((e) => e)) !== undefined
    const args = [file, '--sentinel', '--port', String(port), '--bind', '127.0.0.1']
    const server = await startServer({ program: redisProgram ?? '', args, port, folder, isReady })
    onTestFinished(server.stop)
    const sentinel = createSentinel({ name: 'bank', sentinelRootNodes: [{ host: '127.0.0.1', port }] })
    sentinel.on('error', () => {})
    await sentinel.connect()
    onTestFinished(() => sentinel.destroy())
    const store = await createRedisReplayStore(sentinel as RedisClient, { startsFresh: true, ...untold })
    const now = Math.floor(Date.now() / 1000)
    expect(await store.claim(claimOf({ created: now, now }))).toBe('accepted')
    expect(await store.claim(claimOf({ created: now, now }))).toBe('replayed')
  })
})
