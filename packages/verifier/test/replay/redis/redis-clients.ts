import type { RedisClient } from '@countersign/verifier/redis'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { Cluster as ValkeyCluster, Redis as ValkeyRedis } from 'iovalkey'
import { createClient, createCluster } from 'redis'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'

/** A connected client, and how it ends. */
export interface OpenClient {
  readonly client: RedisClient
  readonly close: () => void
}

/** One of the clients that the store takes. */
export interface ClientKind {
  readonly single: (port: number) => Promise<OpenClient>
  readonly cluster: (ports: readonly number[]) => Promise<OpenClient>
}

const host = '127.0.0.1'

/** What node-redis has in common, whichever its version. */
interface NodeRedis {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  destroy(): void
}

async function opened<Client extends RedisClient & NodeRedis>(client: Client): Promise<OpenClient> {
  client.on('error', () => {})
  await client.connect()
  return { client, close: () => client.destroy() }
}

async function openedIo<
  Client extends RedisClient & { disconnect(): void; on(event: 'error', listener: () => void): unknown },
>(client: Client): Promise<OpenClient> {
  client.on('error', () => {})
  return { client, close: () => client.disconnect() }
}

const url = (port: number): string => `redis://${host}:${port}`
const nodes = (ports: readonly number[]): { host: string; port: number }[] => ports.map((port) => ({ host, port }))

/** Each client by its name. */
export const clientKinds: Readonly<Record<string, ClientKind>> = {
  'redis 6': {
    single: (port) => opened(createClient({ url: url(port) })),
    cluster: (ports) => opened(createCluster({ rootNodes: ports.map((port) => ({ url: url(port) })) })),
  },
  'redis 5': {
    single: (port) => opened(createClient5({ url: url(port) })),
    cluster: (ports) => opened(createCluster5({ rootNodes: ports.map((port) => ({ url: url(port) })) })),
  },
  'ioredis 6': {
    single: (port) => openedIo(new Redis({ host, port })),
    cluster: (ports) => openedIo(new Cluster(nodes(ports))),
  },
  'ioredis 5': {
    single: (port) => openedIo(new Redis5({ host, port })),
    cluster: (ports) => openedIo(new Cluster5(nodes(ports))),
  },
  iovalkey: {
    single: (port) => openedIo(new ValkeyRedis({ host, port })),
    cluster: (ports) => openedIo(new ValkeyCluster(nodes(ports))),
  },
}
