import type { ReplayStore } from '@countersign/verifier'
import { createRedisReplayStore, type RedisReplayStoreOptions } from '@countersign/verifier/redis'
import { type MakeReplayStore, replayStoreConformance } from '@countersign/verifier/replay-store-conformance'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../../servers/redis-cluster.ts'
import { redisMissing, redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { untold } from '../claims.ts'
import { type ClientKind, clientKinds, type OpenClient } from './redis-clients.ts'
import { describeRedis, newPrefix } from './redis-stores.ts'

/** Two connections: instances of a store must not share one, or they would take turns. */
function connected(connect: (kind: ClientKind) => Promise<OpenClient>, kind: ClientKind): () => readonly OpenClient[] {
  let clients: readonly OpenClient[] = []
  beforeAll(async () => {
    clients = await Promise.all([connect(kind), connect(kind)])
  })
  afterAll(() => {
    for (const { close } of clients) close()
  })
  return () => clients
}

/** Stores on one history for each case. */
function onClients(clients: () => readonly OpenClient[], fixed: RedisReplayStoreOptions = {}): MakeReplayStore {
  return async ({ startsFresh, clock, maxEntries }) => {
    const options = {
      clock,
      keyPrefix: newPrefix(),
      ...untold,
      ...(maxEntries !== undefined && { maxEntries }),
      ...fixed,
    }
    const open = (fresh: boolean, index: number): Promise<ReplayStore> => {
      const { client } = clients()[index] as OpenClient
      return createRedisReplayStore(client, { ...options, startsFresh: fresh })
    }
    return { store: await open(startsFresh, 0), reopen: () => open(false, 1), join: () => open(false, 1) }
  }
}

/** The store goes by the clock of the server, which is that of this machine. */
function byServerClock(make: MakeReplayStore): MakeReplayStore {
  return (setting) => make({ ...setting, clock: undefined as never })
}

describeRedis('the Redis store conforms', (server) => {
  describe.each(Object.entries(clientKinds))('with %s', (_name, kind) => {
    const make = onClients(connected(({ single }) => single(server().port), kind))
    for (const { name, run } of replayStoreConformance(make)) test(name, run)
  })

  describe.each(Object.entries(clientKinds))('by the clock of the server, with %s', (_name, kind) => {
    const make = byServerClock(onClients(connected(({ single }) => single(server().port), kind)))
    for (const { name, run } of replayStoreConformance(make, { serverClock: Date.now })) test(name, run)
  })
})

describeWith('the Redis store conforms on a Cluster', redisProgram, redisMissing, () => {
  let cluster: RedisCluster | undefined
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster?.stop())
  const ports = (): number[] => cluster?.primaries.map(({ port }) => port) ?? []

  describe.each(Object.entries(clientKinds))('with %s', (_name, kind) => {
    const make = onClients(connected((one) => one.cluster(ports()), kind))
    // Its room is divided among 16 partitions, and the keys of a case do not fill them evenly.
    const declared = { bounded: false, partitioned: true }
    for (const { name, run } of replayStoreConformance(make, declared)) test(name, run)
  })

  describe('with ioredis 6 and one partition', () => {
    const kind = clientKinds['ioredis 6'] as ClientKind
    const make = onClients(
      connected((one) => one.cluster(ports()), kind),
      { partitions: 1 },
    )
    for (const { name, run } of replayStoreConformance(make, { histories: 5 })) test(name, run)
  })
})
