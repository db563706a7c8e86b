import { type RedisServer, startRedis } from './redis-server.ts'
import { freePort } from './server.ts'

/** Primaries that divide the slots among them. */
export interface RedisCluster {
  readonly primaries: readonly RedisServer[]
  readonly stop: () => Promise<void>
}

const slotCount = 16_384

/** Starts a Cluster of primaries without replicas, and waits until each knows that all slots are served. */
export async function startRedisCluster(size = 3): Promise<RedisCluster> {
  const primaries = await Promise.all(Array.from({ length: size }, startNode))
  await Promise.all(
    primaries.map(({ command }, index) => {
      const [first, next] = [index, index + 1].map((part) => Math.floor((part * slotCount) / size))
      return command('CLUSTER', 'ADDSLOTSRANGE', String(first), String((next ?? 0) - 1))
    }),
  )
  const [seed, ...others] = primaries
  for (const other of others) {
    await seed?.command('CLUSTER', 'MEET', '127.0.0.1', String(other.port), await busPortOf(other))
  }
  await Promise.all(primaries.map((primary) => untilComplete(primary, size)))
  return { primaries, stop: async () => void (await Promise.all(primaries.map(({ stop }) => stop()))) }
}

async function startNode(): Promise<RedisServer> {
  // The usual port of the bus, 10,000 above, may be none.
  const busPort = String(await freePort())
  // So long may a node be silent, since the machine is busy, before the others take it for lost.
  const timeout = ['--cluster-node-timeout', '60000']
  return startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', busPort, ...timeout] })
}

async function busPortOf({ command }: RedisServer): Promise<string> {
  const reply = await command('CONFIG', 'GET', 'cluster-port')
  return String((reply as unknown[])[1])
}

async function untilComplete({ command }: RedisServer, size: number): Promise<void> {
  for (const deadline = Date.now() + 40_000; ; ) {
    const info = String(await command('CLUSTER', 'INFO'))
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return
    if (Date.now() > deadline) throw new Error(`the Cluster did not come up:\n${info}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
