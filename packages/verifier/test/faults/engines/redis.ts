import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { findProgram, freePort } from '../../servers/server.ts'
import { type CuttingProxy, startProxy } from './cutting-proxy.ts'
import type { Engine, RunningEngine } from './engine.ts'

/** Time is not waited for. */
const adjustableClock = true

const modulePath = createRequire(import.meta.url).resolve('redis')

/** Redis by itself, or with a replica. Verifiers reach it through a proxy where it moves or answers are cut off. */
export const redis: Engine = {
  name: 'Redis',
  open: async (setting) => {
    const server = await startRedis({ adjustableClock, args: setting.arguments ?? [] })
    const isBehindProxy = setting.isBehindProxy === true || setting.hasCopy === true
    const proxy = isBehindProxy ? await startProxy(server.port) : undefined
    const copy = setting.hasCopy && proxy !== undefined ? await startReplica(server, proxy) : undefined
    return {
      address: { kind: 'redis', modulePath, port: proxy?.port ?? server.port },
      ...faultsOf(copy === undefined ? [server] : [server, copy.replica]),
      ...(proxy !== undefined && { proxy }),
      ...copy?.faults,
      stop: async () => {
        await proxy?.close()
        await copy?.stop()
        await server.stop()
      },
    }
  },
}

/** Three primaries. The first is the one that is killed; they hang, are emptied and are set together. */
export const redisCluster: Engine = {
  name: 'Redis Cluster',
  open: async () => {
    const primaries = await Promise.all([0, 1, 2].map(startPrimary))
    const ports = primaries.map(({ port }) => port)
    const nodes = ports.map((port) => `127.0.0.1:${port}`)
    await promisify(execFile)(findProgram('redis-cli') ?? 'redis-cli', [
      '--cluster',
      'create',
      ...nodes,
      '--cluster-yes',
    ])
    for (const primary of primaries) await untilTold(primary, ['CLUSTER', 'INFO'], 'cluster_state:ok')
    return {
      address: { kind: 'redis-cluster', modulePath, ports },
      ...faultsOf(primaries),
      stop: async () => void (await Promise.all(primaries.map((primary) => primary.stop()))),
    }
  },
}

/** One that does not take another for lost when the clock is stepped. */
async function startPrimary(): Promise<RedisServer> {
  // The usual port of the bus, 10,000 above, may be none.
  const busPort = String(await freePort())
  const timeout = ['--cluster-node-timeout', String(24 * 3600 * 1000)]
  return startRedis({ adjustableClock, args: ['--cluster-enabled', 'yes', '--cluster-port', busPort, ...timeout] })
}

function faultsOf(servers: readonly RedisServer[]): Omit<RunningEngine, 'address' | 'stop'> {
  const onAll = async (act: (server: RedisServer) => unknown): Promise<void> => {
    await Promise.all(servers.map(act))
  }
  return {
    kill: async () => servers[0]?.kill(),
    start: async () => servers[0]?.start(),
    saveSnapshot: () => onAll((server) => server.command('SAVE')),
    wipe: () => onAll((server) => server.command('FLUSHALL')),
    pause: () => onAll((server) => server.pause()),
    resume: () => onAll((server) => server.resume()),
    setClock: (offset) => onAll((server) => server.setClock(offset)),
  }
}

interface Replica {
  readonly replica: RedisServer
  readonly faults: Pick<RunningEngine, 'cutReplication' | 'failOver'>
  readonly stop: () => Promise<void>
}

/** A replica that follows through a proxy of its own, so that it can be cut off from what the primary accepts. */
async function startReplica(primary: RedisServer, verifiers: CuttingProxy): Promise<Replica> {
  const link = await startProxy(primary.port)
  await primary.command('CONFIG', 'SET', 'repl-diskless-sync-delay', '0')
  const replica = await startRedis({ adjustableClock, args: ['--replicaof', `127.0.0.1 ${link.port}`] })
  await untilTold(replica, ['INFO', 'replication'], 'master_link_status:up')
  const faults: Replica['faults'] = {
    cutReplication: () => link.close(),
    failOver: async () => {
      await primary.kill()
      await replica.command('REPLICAOF', 'NO', 'ONE')
      verifiers.leadTo(replica.port)
    },
  }
  return { replica, faults, stop: async () => void (await Promise.all([link.close(), replica.stop()])) }
}

async function untilTold(server: RedisServer, [name, ...args]: [string, ...string[]], text: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await setTimeout(50)) {
    if (String(await server.command(name, ...args)).includes(text)) return
  }
  throw new Error(`a Redis server did not come to ${text}`)
}
