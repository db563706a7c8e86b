import type { SendCommand } from './client.ts'

/** A Lua script, which the server knows by its SHA-1 once it has seen it. */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/**
 * Runs a script on the node that holds a key. A server that has not seen it, or has been told to forget it, is sent
 * its text: it says so before it does anything, so nothing is done twice.
 *
 * @throws whatever the client throws, and Error when the answer is no text.
 */
export async function runScript(
  send: SendCommand,
  { text, sha1 }: Script,
  { key, args }: { readonly key: string; readonly args: readonly string[] },
): Promise<string> {
  try {
    return textOf(await send(key, ['evalsha', sha1, '1', key, ...args]))
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
  }
  return runText(send, text, { key, args })
}

/** Runs a script of which the SHA-1 is not known. */
export async function runText(
  send: SendCommand,
  text: string,
  { key, args }: { readonly key: string; readonly args: readonly string[] },
): Promise<string> {
  return textOf(await send(key, ['eval', text, '1', key, ...args]))
}

/** A client may be told to give bytes for text. */
function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply)
  throw new Error('the Redis client gave an answer that is no text: the store needs its promises, and plain replies')
}
