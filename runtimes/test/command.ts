import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a command printed, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of this folder as users run it: on the built packages, with plain Node. */
export function runCommand(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
    const child = spawn(process.execPath, [path, ...args], { env: { ...process.env, ...env } })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...output }))
  })
}
