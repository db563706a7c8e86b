/** What the store uses of a client, by structure: `call` of ioredis and iovalkey, or `sendCommand` of node-redis. */
export type RedisClient =
  /** `Redis` and `Cluster` of ioredis or iovalkey. */
  | { call(command: string, ...args: string[]): Promise<unknown> }
  /** A client or a pool of node-redis. */
  | { sendCommand(args: string[]): Promise<unknown> }
  /** A Cluster of node-redis. */
  | { sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown> }
  /** A Sentinel of node-redis. */
  | { sendCommand(isReadonly: boolean, args: string[]): Promise<unknown> }

/** Sends one command to the primary that holds a key. */
export type SendCommand = (key: string, command: readonly string[]) => Promise<unknown>

/** A client, whichever it is. */
export interface Connection {
  readonly send: SendCommand
  readonly isCluster: boolean
}

/** Everything that tells one client from another. */
interface ClientMembers {
  readonly call?: (command: string, ...args: string[]) => Promise<unknown>
  readonly sendCommand?: (...args: unknown[]) => Promise<unknown>
  /** ioredis and iovalkey. */
  readonly isCluster?: boolean
  /** A Cluster of node-redis. */
  readonly getSlotRandomNode?: unknown
  /** A Sentinel of node-redis. */
  readonly getSentinelNode?: unknown
}

/** @throws TypeError for what is no client that the store knows. */
export function connectionOf(client: RedisClient): Connection {
  const members = (client ?? {}) as ClientMembers
  // First, since ioredis has a `sendCommand` too, which takes something else.
  if (typeof members.call === 'function') {
    const call = members.call.bind(client)
    // In lower case: iovalkey knows where the keys of a command are only when it is written so.
    return { send: async (_key, [name = '', ...args]) => call(name, ...args), isCluster: members.isCluster === true }
  }
  if (typeof members.sendCommand !== 'function') throw notAClient()
  const send = members.sendCommand.bind(client)
  if (typeof members.getSlotRandomNode === 'function') {
    return { send: async (key, command) => send(key, false, [...command]), isCluster: true }
  }
  if (typeof members.getSentinelNode === 'function') {
    return { send: async (_key, command) => send(false, [...command]), isCluster: false }
  }
  return { send: async (_key, command) => send([...command]), isCluster: false }
}

function notAClient(): TypeError {
  return new TypeError(
    'createRedisReplayStore needs a client: one of node-redis (createClient, createCluster, createSentinel), ' +
      'or a Redis or Cluster of ioredis or iovalkey',
  )
}
