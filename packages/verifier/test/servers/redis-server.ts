import { connect } from 'node:net'
import { Redis } from 'ioredis'
import { findFakeTime, findProgram, freePort, type Server, serverFolder, startServer } from './server.ts'

/** A Redis server, and a way to command it. */
export interface RedisServer extends Server {
  /** Sends one command on a connection of its own. @throws what the server answers as an error. */
  readonly command: (name: string, ...args: string[]) => Promise<unknown>
}

/** How a Redis server is started. */
export interface RedisSettings {
  /** More of its arguments. Without them nothing is written to the disk. */
  readonly args?: readonly string[]
  readonly adjustableClock?: boolean
}

/** The path of redis-server, or undefined where the machine does not have it. */
export const redisProgram: string | undefined = findProgram('redis-server')

/** What `describeWith` says where it is missing. */
export const redisMissing = 'redis-server is not installed: npm run services'

/** Starts a server that writes nothing to the disk, unless its arguments say so. */
export async function startRedis({ args = [], adjustableClock = false }: RedisSettings = {}): Promise<RedisServer> {
  const port = await freePort()
  const folder = serverFolder('redis')
  const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning']
  const program = redisProgram ?? 'redis-server'
  const [first = program, ...before] = adjustableClock ? withFakeTime(program) : [program]
  const server = await startServer({
    program: first,
    args: [...before, '--port', String(port), '--dir', folder, ...quiet, ...args],
    port,
    folder,
    isReady: () => answersPing(port),
    adjustableClock,
  })
  return { ...server, command: (name, ...rest) => command(port, name, rest) }
}

/**
 * Debian's jemalloc looks at the clock while it starts, and libfaketime asks for memory at the first look: they wait for
 * each other for ever. glibc has an allocator that takes its place.
 */
function withFakeTime(program: string): readonly string[] {
  return [findProgram('env') ?? 'env', `LD_PRELOAD=libc_malloc_debug.so.0:${findFakeTime()}`, program]
}

/** Also false while it loads what it kept. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const answer = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.once('data', (bytes) => answer(bytes.toString().startsWith('+PONG')))
    socket.once('error', () => answer(false))
  })
}

async function command(port: number, name: string, args: readonly string[]): Promise<unknown> {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, protocol: 2 })
  client.on('error', () => {})
  try {
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}
