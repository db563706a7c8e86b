import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { constants } from 'node:os'
import { addAbortSignal } from 'node:stream'
import { isatty } from 'node:tty'
import { exitCodes } from './exit-codes.ts'

/** Where a command writes to. */
export interface Output {
  write(text: string | Uint8Array): void
  /** Waits until what was written has gone out, as far as a slow reader lets it. */
  drained(): Promise<void>
  /** Whether somebody looks at it: then colour and progress make sense. */
  readonly isTerminal: boolean
  /** How many columns a line has. */
  readonly columns: number
}

/** What a command is given of the world around it. Nothing else reads `process`, so that tests can make a world. */
export interface World {
  readonly stdin: { readonly isTerminal: boolean; read(): AsyncIterable<Uint8Array> }
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Aborted by Ctrl-C, and by whatever else asks the program to end. */
  readonly signal: AbortSignal
}

/** What fits into a terminal whose size is not known. */
export const usualColumns = 80

/** Whoever ends a program by these gets the exit code of shells: 128, and the number of the signal. */
const endings = ['SIGTERM', 'SIGHUP'] as const

/**
 * The world of this process. The first Ctrl-C, or a request to end, lets a command tidy up; a second one ends it at
 * once.
 *
 * A reader that goes away (`countersign … | head`) ends the program quietly.
 */
export function nodeWorld(clock: () => number = Date.now): World {
  const interrupted = new AbortController()
  const { signal } = interrupted
  process.once('SIGINT', () => interrupted.abort())
  for (const name of endings) {
    process.once(name, () => {
      interrupted.abort()
      process.once('exit', () => {
        process.exitCode = 128 + constants.signals[name]
      })
    })
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') writeSync(2, `countersign: the output cannot be written: ${error.message}\n`)
    process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed)
  })
  // Nobody is left who could be told.
  process.stderr.on('error', () => {})
  return {
    stdin: { isTerminal: isatty(0), read: () => addAbortSignal(signal, process.stdin) },
    stdout: outputOf(process.stdout, signal),
    stderr: outputOf(process.stderr, signal),
    env: process.env,
    clock,
    signal,
  }
}

function outputOf(stream: NodeJS.WriteStream, signal: AbortSignal): Output {
  return {
    write: (text) => void stream.write(text),
    drained: async () => {
      if (stream.writableNeedDrain) await once(stream, 'drain', { signal })
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      // A terminal that does not know its size says 0.
      return stream.columns || usualColumns
    },
  }
}
