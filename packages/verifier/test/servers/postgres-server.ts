import { execFile, execFileSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { findProgram, freePort, type Server, serverFolder, startServer } from './server.ts'

/** A PostgreSQL server, and a way to command it. Everybody on loopback may do everything. */
export interface PostgresServer extends Server {
  /** Runs SQL as the superuser, on a connection of its own. @returns the rows of the last statement. */
  readonly sql: (text: string) => Promise<Record<string, unknown>[]>
  /** Where a client connects to. */
  readonly url: (options?: { readonly user?: string; readonly database?: string }) => string
  /** Makes a standby that follows this server. */
  readonly standby: () => Promise<PostgresServer>
}

/** How a server is started. */
export interface PostgresSettings {
  /** What its configuration says otherwise than by default. */
  readonly configuration?: Readonly<Record<string, string>>
  readonly adjustableClock?: boolean
}

const debian = '/usr/lib/postgresql'

/** Where Debian puts the programs of each version. The newest is first. */
const folders = existsSync(debian)
  ? readdirSync(debian)
      .sort((one, other) => Number(other) - Number(one))
      .map((version) => join(debian, version, 'bin'))
  : []

/** The path of a program of PostgreSQL, or undefined where the machine does not have it. */
export function postgresProgram(name: string): string | undefined {
  return findProgram(name, folders)
}

/** What `describeWith` looks for, and what it says where it is missing. */
export const postgresInstalled: string | undefined = postgresProgram('initdb')
export const postgresMissing = 'PostgreSQL is not installed: npm run services'

/** PostgreSQL does not run as root. */
function owner(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {}
  const [, , uid, gid] = /^postgres:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

/** A folder that the server may write to. */
function ownedFolder(): string {
  const folder = serverFolder('postgres')
  const { uid, gid } = owner()
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

async function runProgram(name: string, args: readonly string[], folder: string): Promise<void> {
  await promisify(execFile)(postgresProgram(name) ?? name, args, { cwd: folder, ...owner() })
}

/** Makes a new cluster, and starts it. */
export async function startPostgres(settings: PostgresSettings = {}): Promise<PostgresServer> {
  const folder = ownedFolder()
  const files = join(folder, 'cluster')
  await runProgram('initdb', ['-D', files, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'], folder)
  return serve(folder, settings)
}

async function serve(folder: string, settings: PostgresSettings): Promise<PostgresServer> {
  const port = await freePort()
  const url: PostgresServer['url'] = ({ user = 'postgres', database = 'postgres' } = {}) =>
    `postgres://${user}@127.0.0.1:${port}/${database}`
  const sql: PostgresServer['sql'] = (text) => query(url(), text)
  const configuration = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, ...settings.configuration }
  const server = await startServer({
    program: postgresProgram('postgres') ?? 'postgres',
    args: [
      ...['-D', join(folder, 'cluster'), '-p', String(port)],
      ...Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    port,
    folder,
    ...(owner().uid !== undefined && { uid: Number(owner().uid) }),
    isReady: async () => (await sql('SELECT 1')).length === 1,
    adjustableClock: settings.adjustableClock ?? false,
  })
  return {
    ...server,
    start: () => startAgain(server),
    pause: () => signal(folder, 'SIGSTOP'),
    resume: () => signal(folder, 'SIGCONT'),
    sql,
    url,
    standby: () => standbyOf(port, settings),
  }
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    const result: unknown = await client.query(text)
    const last = Array.isArray(result) ? result.at(-1) : result
    return last.rows
  } finally {
    await client.end()
  }
}

/** Those who served the connections of a server that was killed need a moment to see that it is gone. */
async function startAgain(server: Server): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; ) {
    try {
      await server.start()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/**
 * Each connection has a process of its own, and all are stopped. The parent is stopped first and goes on last: in between
 * it starts none, and none that ends is gone before it has been signalled.
 */
function signal(folder: string, name: 'SIGSTOP' | 'SIGCONT'): void {
  const parent = Number(readFileSync(join(folder, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])
  if (name === 'SIGSTOP') process.kill(parent, name)
  for (const child of childrenOf(parent)) process.kill(child, name)
  if (name === 'SIGCONT') process.kill(parent, name)
}

function childrenOf(parent: number): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, parentOf]) => (pid !== undefined && parentOf === parent ? [pid] : []))
}

async function standbyOf(primaryPort: number, settings: PostgresSettings): Promise<PostgresServer> {
  const folder = ownedFolder()
  const source = ['-h', '127.0.0.1', '-p', String(primaryPort), '-U', 'postgres']
  await runProgram('pg_basebackup', [...source, '-D', join(folder, 'cluster'), '-R', '-c', 'fast'], folder)
  rmSync(join(folder, 'cluster', 'postmaster.pid'), { force: true })
  return serve(folder, settings)
}
