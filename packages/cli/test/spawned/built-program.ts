import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** The program as it is published, and a folder for its files. */
export interface BuiltProgram {
  /** A path in the folder of the test. */
  file(name: string): string
  /** Starts it, with nothing of this environment but what is given. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess
  /** Runs it to its end. */
  run(args: readonly string[], more?: RunOptions): Promise<Ended>
  /** Runs a line in a shell, which finds it as `countersign`. */
  shell(line: string, env?: Readonly<Record<string, string>>): Promise<Ended>
}

/** What is unlike a program without input. */
export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Builds the program once for a test file, from its sources. */
export function builtProgram(): BuiltProgram {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-spawned-'))
  const entry = join(folder, 'program', 'dist', 'countersign.mjs')
  beforeAll(async () => {
    mkdirSync(join(folder, 'program', 'dist'), { recursive: true })
    copyFileSync(join(packageFolder, 'package.json'), join(folder, 'program', 'package.json'))
    await buildProgram(join(folder, 'program', 'dist'))
    const link = join(folder, 'program', 'countersign')
    writeFileSync(link, `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`, { mode: 0o755 })
  })
  const path = `${join(folder, 'program')}:${process.env['PATH'] ?? ''}`
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const spawned = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawn(command, args, { cwd: folder, env: { PATH: path, TERM: 'xterm', ...env } })
  return {
    file: (name) => join(folder, name),
    start: (args, env) => spawned(process.execPath, [entry, ...args], env),
    run: (args, { stdin = '', env = {} } = {}) => ended(spawned(process.execPath, [entry, ...args], env), stdin),
    shell: (line, env = {}) => ended(spawned('sh', ['-c', line], env), ''),
  }
}

async function buildProgram(outdir: string): Promise<void> {
  await build({
    entryPoints: { countersign: join(packageFolder, 'src', 'countersign.ts') },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@countersign/source'],
    // commander is CommonJS, and asks for Node's modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    logLevel: 'error',
  })
}

/** Waits for a program to end, and gathers what it says. */
export async function ended(child: ChildProcess, stdin = ''): Promise<Ended> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk) => stdout.push(chunk))
  child.stderr?.on('data', (chunk) => stderr.push(chunk))
  // It may have ended before it has read all.
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') }
}

/** Whether this machine has a tool. Where everything must run, a missing one is a failure. */
export function hasTool(name: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
  if (!found && process.env['CI']) throw new Error(`${name} is missing`)
  return found
}
