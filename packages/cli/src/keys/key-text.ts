import { readFile, stat } from 'node:fs/promises'
import { failure, failureOf, usageFailure } from '../failure.ts'
import type { World } from '../world.ts'

/** The variable that can hold a key instead of a file. */
export const keyVariable = 'COUNTERSIGN_KEY'

/** Bytes: an RSA key of 16,384 bits has about 13 KiB as PEM. */
const maxKeyBytes = 65_536

/** The text of a key, and where it came from. */
export interface KeyText {
  readonly text: string
  /** For mistakes: "the key file alice.jwk". */
  readonly place: string
}

/**
 * Reads a key from a file, from standard input (`-`), or from the variable COUNTERSIGN_KEY.
 *
 * @param path what `--key` says, if anything.
 * @throws CommandFailure when there is none, or it cannot be read.
 */
export async function readKeyText(path: string | undefined, world: World): Promise<KeyText> {
  if (path === undefined) {
    const text = world.env[keyVariable]
    if (text !== undefined && text !== '') return { text, place: `the variable ${keyVariable}` }
    throw usageFailure(`there is no key: pass --key FILE (or - for standard input), or set ${keyVariable}`)
  }
  refuseSecret(path)
  if (path === '-') return { text: await readInput(world), place: 'the key on standard input' }
  return { text: await readKeyFile(path, world), place: `the key file ${path}` }
}

/** Whoever lists the processes of a machine sees all arguments. */
function refuseSecret(argument: string): void {
  const looksLikeKey = /^\s*\{|-----BEGIN|"k"\s*:/.test(argument) || /^[A-Za-z0-9+/_-]{40,}={0,2}$/.test(argument)
  if (!looksLikeKey) return
  throw usageFailure(
    `--key takes the name of a file. A key on the command line can be read by everybody on this machine, and stays in the history of the shell: put it into a file, or into ${keyVariable}`,
  )
}

async function readInput(world: World): Promise<string> {
  if (world.stdin.isTerminal) throw usageFailure('the key is read from standard input, and nothing is piped into it')
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of world.stdin.read()) {
    length += chunk.length
    if (length > maxKeyBytes) throw failure('standard input is no key: it has more than 64 KiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function readKeyFile(path: string, world: World): Promise<string> {
  try {
    const { size, mode } = await stat(path)
    if (size > maxKeyBytes) throw new Error('it is no key: it has more than 64 KiB')
    const text = await readFile(path, 'utf8')
    if (process.platform !== 'win32' && (mode & 0o077) !== 0 && holdsSecret(text)) {
      world.stderr.write(`warning: others on this machine can read ${path}: chmod 600 ${path}\n`)
    }
    return text
  } catch (error) {
    throw failureOf(`the key file ${path} cannot be read`, error)
  }
}

function holdsSecret(text: string): boolean {
  return !/-----BEGIN PUBLIC KEY-----/.test(text) && (!/^\s*\{/.test(text) || /"(?:d|k)"\s*:/.test(text))
}
