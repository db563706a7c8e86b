import { existsSync } from 'node:fs'
import { usageFailure } from '../failure.ts'
import { isReadableByOthers, readInput } from '../input.ts'
import { notice } from '../terminal/notice.ts'
import type { World } from '../world.ts'

/** The variable that can hold a key instead of a file. */
export const keyVariable = 'COUNTERSIGN_KEY'

/** Bytes: an RSA key of 16,384 bits has about 13 KiB as PEM, and a set has several keys. */
const maxKeyBytes = 262_144

/** The text of a key, and where it came from. */
export interface KeyText {
  readonly text: string
  /** For mistakes: "the key file alice.jwk". */
  readonly place: string
}

/** Whether a key was given at all, by `--key` or by the variable. */
export function isKeyGiven(path: string | undefined, { env }: World): boolean {
  return path !== undefined || (env[keyVariable] ?? '') !== ''
}

/**
 * Reads a key from a file, from standard input (`-`), or from the variable COUNTERSIGN_KEY.
 *
 * @param path what `--key` says, if anything.
 * @throws CommandFailure when there is none, or it cannot be read.
 */
export async function readKeyText(path: string | undefined, world: World): Promise<KeyText> {
  if (path !== undefined) return readKeyFile(path, world)
  const text = world.env[keyVariable] ?? ''
  if (text !== '') return { text, place: `the variable ${keyVariable}` }
  throw usageFailure(`there is no key: pass --key FILE (or - for standard input), or set ${keyVariable}`)
}

async function readKeyFile(path: string, world: World): Promise<KeyText> {
  if (looksLikeKey(path) && !existsSync(path)) throw usageFailure(keyAsArgument)
  const text = (await readInput(path, { what: 'the key', maxBytes: maxKeyBytes }, world)).toString('utf8')
  if (path === '-') return { text, place: 'the key on standard input' }
  if (holdsSecret(text) && (await isReadableByOthers(path))) {
    notice('warning', `others on this machine can read ${path}: chmod 600 ${path}`, world)
  }
  return { text, place: `the key file ${path}` }
}

/** Whoever lists the processes of a machine sees all arguments. */
const keyAsArgument = `--key takes the name of a file, and what it was given is none, and looks like a key. A key on the command line can be read by everybody on this machine, and stays in the history of the shell: put it into a file, or into ${keyVariable}`

/** JSON, PEM, or base64 of 30 bytes and more; also where its beginning was lost when it was copied. */
function looksLikeKey(argument: string): boolean {
  return /["{}\n]|-----/.test(argument) || /[A-Za-z0-9+/_-]{40,}={0,2}$/.test(argument)
}

function holdsSecret(text: string): boolean {
  return !/-----BEGIN PUBLIC KEY-----/.test(text) && (!/^\s*\{/.test(text) || /"(?:d|k)"\s*:/.test(text))
}
