/** Starts the bank as its README says: in an environment of its own, under gunicorn. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../packages/verifier/test/servers/server.ts'

export const folder: string = fileURLToPath(new URL('.', import.meta.url))
const caches = fileURLToPath(new URL('../../node_modules/.cache/countersign-flask', import.meta.url))
const startTimeoutMilliseconds = 30_000

/** What `describeWith` says where there is no Python. */
export const pythonMissing = 'python3 (3.10 or later) with venv is not installed'

/** The system's Python, or undefined where it is missing or too old. gunicorn does not run on Windows. */
export const systemPython: string | undefined = ['python3', 'python'].find((name) => {
  if (process.platform === 'win32') return false
  const check = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))'
  return spawnSync(name, ['-c', check]).status === 0
})

/** The Python of an environment with what requirements.txt names. Made once for each content of that file. */
export function preparePython(python: string): string {
  const version = spawnSync(python, ['--version'], { encoding: 'utf8' }).stdout
  const requirements = `${folder}requirements.txt`
  const digest = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const environment = `${caches}/${digest}`
  if (!existsSync(environment)) {
    // Another test may do the same at this moment: whoever is first gives it its name.
    mkdirSync(caches, { recursive: true })
    const unfinished = mkdtempSync(`${caches}/unfinished-`)
    run(python, ['-m', 'venv', unfinished])
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input']
    run(`${unfinished}/bin/python`, ['-m', 'pip', 'install', ...quiet, '--require-hashes', '-r', requirements])
    try {
      renameSync(unfinished, environment)
    } catch {
      rmSync(unfinished, { recursive: true, force: true })
    }
  }
  return `${environment}/bin/python`
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error ?? stderr}`)
  return stdout
}

/** A client of the bank. */
export interface Client {
  readonly apiKey: string
  readonly secret: Buffer
}

/** A bank with four workers. */
export interface Bank {
  readonly origin: string
  /** The folder with its clients, transfers and nonces. */
  readonly data: string
  readonly client: Client
  /** The workers that have answered, each counted once. `what`: method, path and status of the line in the log. */
  readonly workers: (what?: string) => readonly string[]
  /** Begins a new log, for `workers`. */
  readonly forgetLog: () => void
  /** Ends gunicorn and all workers as a power cut does. */
  readonly kill: () => Promise<void>
  /** Starts it again, on the same files and port. */
  readonly start: () => Promise<void>
  /** Ends it and removes its files. */
  readonly stop: () => Promise<void>
}

/** How a bank is started. */
export interface BankSettings {
  readonly python: string
  /** The module, such as `app:app`. */
  readonly app: string
  readonly environment?: Readonly<Record<string, string>>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) killGroup(child)
})

/** Starts a bank of its own, with one client, `alice`. */
export async function startBank({ python, app, environment = {} }: BankSettings): Promise<Bank> {
  const port = await freePort()
  const data = mkdtempSync(`${tmpdir()}/countersign-flask-`)
  const client = makeClient(python, data)
  const origin = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let log = ''
  const workers = (what = ''): string[] => [...new Set(log.match(new RegExp(`^<\\d+>(?= ${what})`, 'gm')))]
  const forgetLog = (): void => {
    log = ''
  }
  const start = async (first = false): Promise<void> => {
    forgetLog()
    child = spawn(python, ['-B', '-m', 'gunicorn', app], {
      cwd: folder,
      detached: true, // a group of its own, which is killed as a whole
      env: {
        ...process.env,
        BANK_DATA: data,
        BANK_ORIGIN: origin,
        BIND: `127.0.0.1:${port}`,
        ...environment,
        ...(first && { REPLAY_STARTS_FRESH: '1' }),
      },
    })
    running.add(child)
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log += text
      })
    }
    await untilWorkersAnswer({ child, origin, workers, log: () => log })
  }
  const kill = async (): Promise<void> => {
    if (child === undefined) return
    const ended = new Promise((resolve) => child?.once('close', resolve))
    killGroup(child)
    await ended
    running.delete(child)
    child = undefined
  }
  const stop = async (): Promise<void> => {
    await kill()
    rmSync(data, { recursive: true, force: true })
  }
  await start(true)
  return { origin, data, client, workers, forgetLog, kill, start, stop }
}

function makeClient(python: string, data: string): Client {
  const clients = run(python, [`${folder}new_client.py`, 'alice'])
  writeFileSync(`${data}/clients.json`, clients)
  const [[apiKey, { secret }]] = Object.entries(JSON.parse(clients)) as [[string, { secret: string }]]
  return { apiKey, secret: Buffer.from(secret, 'base64') }
}

interface Starting {
  readonly child: ChildProcess
  readonly origin: string
  readonly workers: () => readonly string[]
  readonly log: () => string
}

/** Several of them: a test wants its copies to reach more than one. */
async function untilWorkersAnswer({ child, origin, workers, log }: Starting): Promise<void> {
  const deadline = Date.now() + startTimeoutMilliseconds
  while (workers().length < 2) {
    if (child.exitCode !== null || Date.now() > deadline) {
      killGroup(child)
      throw new Error(`gunicorn did not start:\n${log()}`)
    }
    const warmUps = Array.from({ length: 8 }, () => fetch(`${origin}/`, { headers: { connection: 'close' } }))
    await Promise.allSettled(warmUps)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
