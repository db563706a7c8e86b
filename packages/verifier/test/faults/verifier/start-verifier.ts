import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { FillingTask } from './filling-process.ts'
import type { ClockMessage, Door, ProcessMessage, VerifierTask } from './task.ts'

/** A verifier that runs. */
export interface RunningVerifier {
  readonly ports: Readonly<Record<Door, number>>
  /** Steps its clock. */
  readonly setClock: (offsetSeconds: number) => Promise<void>
  /** Ends it as `kill -9` does: nothing is cleaned up. */
  readonly kill: () => Promise<void>
}

/** The programs that processes run, each in one file. */
export interface Programs {
  readonly verifying: string
  readonly filling: string
}

/** Makes the programs. */
export async function buildPrograms(folder: string): Promise<Programs> {
  const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  await build({
    entryPoints: { verifying: source('./verifying-process.ts'), filling: source('./filling-process.ts') },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    conditions: ['@countersign/source'],
    logLevel: 'error',
  })
  return { verifying: join(folder, 'verifying.cjs'), filling: join(folder, 'filling.cjs') }
}

/** Starts a process. @throws Error when it ends before its doors are open. */
export async function startVerifier({ verifying }: Programs, task: VerifierTask): Promise<RunningVerifier> {
  const child = fork(verifying, [JSON.stringify(task)], { execArgv: ['--no-warnings'], stdio: 'inherit' })
  const started = await nextMessage(child)
  if (!('ports' in started)) throw new Error('the process told something else than its ports')
  return {
    ports: started.ports,
    setClock: async (offsetSeconds) => {
      const isSet = nextMessage(child)
      child.send({ offsetSeconds } satisfies ClockMessage)
      await isSet
    },
    kill: () => end(child),
  }
}

function nextMessage(child: ChildProcess): Promise<ProcessMessage> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the verifier process ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message as ProcessMessage)
    })
  })
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  return ended
}

/** Runs a filling process to its end. @throws Error when it fails. */
export async function runFilling({ filling }: Programs, task: FillingTask): Promise<void> {
  const child = fork(filling, [JSON.stringify(task)], { execArgv: ['--no-warnings'], stdio: 'inherit' })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`the filling process ended with ${code}`)
}
