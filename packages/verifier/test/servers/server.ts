/** Real servers for tests: started on loopback, killed as the test likes, and gone when it is over. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A server as a test plays with it. */
export interface Server {
  readonly port: number
  /** Ends it as `kill -9` and a power cut of the process do. Its files stay. */
  readonly kill: () => Promise<void>
  /** Starts it again, on the same port and files. */
  readonly start: () => Promise<void>
  /** Lets it hang: it keeps its connections, and answers nothing. */
  readonly pause: () => void
  readonly resume: () => void
  /** Sets its clock to the true time plus some seconds. Only for a server that was started with `adjustableClock`. */
  readonly setClock: (offsetSeconds: number) => void
  /** Ends it and removes its files. */
  readonly stop: () => Promise<void>
}

/** How a server is started. */
export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly port: number
  /** Its files, which are removed by `stop`. */
  readonly folder: string
  /** The user that it runs as, where that is not ours. */
  readonly uid?: number
  /** Resolves once it takes connections; asked again until then. */
  readonly isReady: () => Promise<boolean>
  readonly adjustableClock?: boolean
}

/** A guard against hanging: after a crash PostgreSQL first writes all of its files to a disk that may be busy. */
const startTimeoutMilliseconds = 40_000

/** Where Debian keeps what this machine may have. */
const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', ...(process.env['PATH'] ?? '').split(delimiter)]

/** The path of a program, or undefined where the machine does not have it. */
export function findProgram(name: string, more: readonly string[] = []): string | undefined {
  return [...more, ...folders].map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** libfaketime, or undefined where the machine does not have it. */
export function findFakeTime(): string | undefined {
  const library = '/usr/lib'
  const places = [library, ...readdirSync(library).map((name) => join(library, name))]
  return places.map((place) => join(place, 'faketime', 'libfaketimeMT.so.1')).find((path) => existsSync(path))
}

/**
 * Below the ports that Linux (from 32768 on) and others (from 49152 on) give to whoever asks for any: those may be gone
 * to a server of another test before ours has started, or while it is down between two starts. Each worker of Vitest
 * has a share of its own, and gives none of it twice before it has been through all.
 */
const [lowestPort, portsOfWorker, workers] = [12_000, 1000, 20] as const
let portsGiven = Math.floor(Math.random() * portsOfWorker)

/** A port that nobody listens to, and that nobody else will be given. */
export async function freePort(): Promise<number> {
  const first = lowestPort + (Number(process.env['VITEST_POOL_ID'] ?? 0) % workers) * portsOfWorker
  for (let attempts = portsOfWorker; attempts > 0; attempts--) {
    const port = first + (portsGiven++ % portsOfWorker)
    if (await isFree(port)) return port
  }
  throw new Error(`no port is free from ${first} on`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A new folder for the files of a server. */
export function serverFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `countersign-${name}-`))
}

/** Starts a server. @throws Error with what it printed, when it does not come up. */
export async function startServer(command: ServerCommand): Promise<Server> {
  const { port, folder } = command
  const clockFile = join(folder, 'clock')
  const setClock = (offsetSeconds: number): void => {
    // Whole or not at all: a server that finds an empty file goes by the true time for a moment.
    writeFileSync(`${clockFile}.next`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s\n`, { mode: 0o644 })
    renameSync(`${clockFile}.next`, clockFile)
  }
  if (command.adjustableClock) setClock(0)
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = await launch(command, clockFile)
  }
  const kill = async (): Promise<void> => {
    if (child !== undefined) await end(child)
    child = undefined
  }
  await start()
  return {
    port,
    kill,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    setClock,
    stop: async () => {
      await kill()
      // The children of a server that was killed need a moment to see that, and write files until then.
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}

/** What still runs when this process ends is ended with it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

async function launch(command: ServerCommand, clockFile: string): Promise<ChildProcess> {
  const { program, args, folder, uid, isReady } = command
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(command.adjustableClock && clockEnvironment(clockFile)) },
    ...(uid !== undefined && { uid, gid: uid }),
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-10_000)
    })
  }
  const deadline = Date.now() + startTimeoutMilliseconds
  while (!(await isReady().catch(() => false))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await end(child)
      throw new Error(`${program} did not start:\n${printed}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return child
}

/** libfaketime reads the file at each look at the clock, so that a test can step it while the server runs. */
function clockEnvironment(clockFile: string): Readonly<Record<string, string>> {
  const library = findFakeTime()
  if (library === undefined) throw new Error('libfaketime is not installed')
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  return ended
}
