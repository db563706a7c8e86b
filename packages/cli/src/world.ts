/** Where a command writes to. */
export interface Output {
  write(text: string | Uint8Array): void
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
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** What fits into a terminal whose size is not known. */
const usualColumns = 80

/**
 * The world of this process. The first Ctrl-C lets a command tidy up; a second one ends it at once.
 *
 * A reader that goes away (`countersign … | head`) ends the program quietly.
 */
export function nodeWorld(clock: () => number = Date.now): World {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit()
      throw error
    })
  }
  return {
    stdin: { isTerminal: process.stdin.isTTY === true, read: () => process.stdin },
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    env: process.env,
    clock,
    signal: interrupted.signal,
  }
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? usualColumns
    },
  }
}
