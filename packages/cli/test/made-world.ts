import type { ExitCode } from '../src/exit-codes.ts'
import { run } from '../src/program.ts'
import type { Output, World } from '../src/world.ts'

/** What a command said, and how it ended. */
export interface Ran {
  readonly code: ExitCode
  readonly stdout: string
  readonly stdoutBytes: Uint8Array
  readonly stderr: string
}

/** What is unlike a pipe without a key, at the present time. */
export interface MadeWorld {
  readonly stdin?: string | Uint8Array
  readonly env?: World['env']
  /** Unix seconds. */
  readonly now?: number
  readonly terminal?: boolean
  readonly columns?: number
  readonly signal?: AbortSignal
}

/** Runs the program as a shell would, in a world made for the test. */
export async function countersign(args: readonly string[], made: MadeWorld = {}): Promise<Ran> {
  const { stdin, env = {}, now, terminal = false, columns = 80, signal = new AbortController().signal } = made
  const [stdout, stderr] = [collected(terminal, columns), collected(terminal, columns)]
  const world: World = {
    stdin: { isTerminal: stdin === undefined && terminal, read: () => chunks(stdin) },
    stdout,
    stderr,
    env,
    clock: now === undefined ? Date.now : () => now * 1000,
    signal,
  }
  const code = await run(args, world)
  return {
    code,
    stdout: stdout.bytes().toString('utf8'),
    stdoutBytes: stdout.bytes(),
    stderr: stderr.bytes().toString('utf8'),
  }
}

function collected(isTerminal: boolean, columns: number): Output & { bytes(): Buffer } {
  const parts: Uint8Array[] = []
  return {
    isTerminal,
    columns,
    write: (text) => void parts.push(Buffer.from(text as string)),
    drained: async () => {},
    bytes: () => Buffer.concat(parts),
  }
}

async function* chunks(input: string | Uint8Array = ''): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input as string)
  // In two pieces, as pipes do it.
  yield bytes.subarray(0, 3)
  yield bytes.subarray(3)
}
