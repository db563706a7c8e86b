import { encodeUtf8 } from '../bytes.ts'
import { digest } from '../crypto/platform.ts'

/** One line of a signature base, without its value. */
export interface LineHash {
  /** As it stands in the base: `"content-type"`, or `"@signature-params"`. */
  readonly identifier: string
  /** 8 hex digits; null where the value is withheld. */
  readonly hash: string | null
}

/** What {@link lineHashes} is told. */
export interface LineHashOptions {
  /** At least 16 random characters, fresh for each base: so that nobody has a table of hashes of likely values. */
  readonly salt: string
  /** Names of components whose values are not hashed. @default [] */
  readonly withheld?: readonly string[]
}

/** How one line differs between what was signed and what was received. */
export interface LineDifference {
  readonly identifier: string
  readonly difference: 'other value' | 'only signed' | 'only received' | 'other place' | 'withheld'
}

/** Bytes of a hash that are told. Two values that differ have the same one by chance once in 4 thousand million times. */
const hashBytes = 4

/** An identifier with its parameters, in front of its value (RFC 9421 2.5). */
const linePattern = /^("(?:[^"\\]|\\.)*"(?:;[a-z*][a-z0-9_\-.*]*(?:=(?:"(?:[^"\\]|\\.)*"|[^";: ]+))?)*): /

/**
 * Hashes each line of a signature base, salted and truncated, so that two sides can find out in which line their bases
 * differ without telling each other the values.
 *
 * It is no secret-keeper: whoever has a hash and its salt can try out guesses, and would recognize a value that can be
 * guessed, such as a path. Withhold what such a person must not learn.
 *
 * @throws TypeError for a text that is no signature base, or a salt that is too short.
 */
export async function lineHashes(base: string, options: LineHashOptions): Promise<readonly LineHash[]> {
  const { salt, withheld = [] } = options
  if (typeof salt !== 'string' || salt.length < 16) throw new TypeError('salt must be at least 16 random characters')
  return Promise.all(
    base.split('\n').map(async (line): Promise<LineHash> => {
      const identifier = identifierOf(line)
      const name = identifier.slice(1, identifier.indexOf('"', 1))
      if (withheld.includes(name)) return { identifier, hash: null }
      const hash = await digest('sha-256', encodeUtf8(`${salt}\n${line}`))
      return { identifier, hash: hex(hash.subarray(0, hashBytes)) }
    }),
  )
}

/** Says in which lines two bases differ, in the order of what was signed. */
export function compareLineHashes(
  signed: readonly LineHash[],
  received: readonly LineHash[],
): readonly LineDifference[] {
  const receivedByName = new Map(received.map(({ identifier, hash }) => [identifier, hash]))
  const signedNames = new Set(signed.map(({ identifier }) => identifier))
  const common = received.filter(({ identifier }) => signedNames.has(identifier))
  const differences: LineDifference[] = []
  let place = 0
  for (const { identifier, hash } of signed) {
    const other = receivedByName.get(identifier)
    if (other === undefined) {
      differences.push({ identifier, difference: 'only signed' })
      continue
    }
    const isElsewhere = common[place++]?.identifier !== identifier
    if (hash === null || other === null) differences.push({ identifier, difference: 'withheld' })
    else if (hash !== other) differences.push({ identifier, difference: 'other value' })
    else if (isElsewhere) differences.push({ identifier, difference: 'other place' })
  }
  const extra = received.filter(({ identifier }) => !signedNames.has(identifier))
  return [...differences, ...extra.map(({ identifier }) => ({ identifier, difference: 'only received' as const }))]
}

function identifierOf(line: string): string {
  const identifier = linePattern.exec(line)?.[1]
  if (identifier === undefined) throw new TypeError('a signature base has an identifier in front of each value')
  return identifier
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
