import type { Output, World } from '../world.ts'
import { isCapable } from './paint.ts'

/** Says how far long work is. */
export interface Progress {
  /** Replaces what was said before. */
  say(text: string): void
  /** Takes the line away. */
  end(): void
}

/** Progress on a terminal, on one line that is written again; nothing where nobody looks. */
export function progressOn(output: Output, env: World['env'] = {}): Progress {
  if (!isCapable(output, env)) return { say() {}, end() {} }
  return {
    say: (text) => output.write(`\r\u001b[K${text.slice(0, output.columns - 1)}`),
    end: () => output.write('\r\u001b[K'),
  }
}
