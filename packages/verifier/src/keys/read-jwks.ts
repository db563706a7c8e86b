import { importVerifyingKey, type NamedJwk, type SignatureAlgorithm } from '@countersign/core'
import type { Failed } from './fetch-jwks.ts'
import type { IgnoredKeyReason } from './remote-jwks-events.ts'
import type { RemoteJwksSettings } from './remote-jwks-options.ts'
import { type TrustedKey, trustedKeyOf } from './trusted-key.ts'

/** A key of a set that is not trusted. */
export interface IgnoredKey {
  readonly index: number
  readonly reason: IgnoredKeyReason
  readonly keyId?: string
}

/** What a set holds. */
export interface KeySet {
  readonly keys: ReadonlyMap<string, TrustedKey>
  readonly ignored: readonly IgnoredKey[]
}

type ReadSettings = Pick<RemoteJwksSettings, 'maxKeys' | 'algorithms' | 'principal'>

type Jwk = Readonly<Record<string, unknown>>

/** A JWK that is meant for us. */
interface Candidate {
  readonly index: number
  readonly keyId: string
  readonly jwk: Jwk
  readonly algorithm: SignatureAlgorithm
}

/** Reads a JWK Set (RFC 7517 section 5). A key that cannot be trusted leaves the others as they are. */
export async function readJwks(text: string, settings: ReadSettings): Promise<KeySet | Failed> {
  const members = membersOf(text)
  if ('failure' in members) return members
  if (members.length > settings.maxKeys) return { failure: 'too-many-keys' }
  const sorted = members.map((member, index) => candidateOf(member, index, settings))
  const results = await Promise.all(withoutDuplicates(sorted).map((one) => importCandidate(one, settings)))
  const trusted = results.filter((one): one is TrustedKey => 'key' in one)
  return {
    keys: new Map(trusted.map((one) => [one.key.keyId, one])),
    ignored: results.filter((one): one is IgnoredKey => 'reason' in one),
  }
}

/** Nobody can say which of two is meant, so neither is trusted. Keys for other purposes may share a name. */
function withoutDuplicates(sorted: readonly (Candidate | IgnoredKey)[]): readonly (Candidate | IgnoredKey)[] {
  const counts = new Map<string, number>()
  for (const one of sorted) {
    if ('jwk' in one) counts.set(one.keyId, (counts.get(one.keyId) ?? 0) + 1)
  }
  return sorted.map((one) => {
    if (!('jwk' in one) || counts.get(one.keyId) === 1) return one
    return { index: one.index, keyId: one.keyId, reason: 'duplicate-kid' }
  })
}

function membersOf(text: string): unknown[] | Failed {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The error of the parser would quote the text.
    return { failure: 'not-json' }
  }
  if (!isObject(parsed) || !Array.isArray(parsed['keys'])) return { failure: 'not-a-jwks' }
  return parsed['keys']
}

function candidateOf(jwk: unknown, index: number, { algorithms }: ReadSettings): Candidate | IgnoredKey {
  if (!isObject(jwk)) return { index, reason: 'not-a-jwk' }
  const { kid: keyId } = jwk
  if (!isKeyId(keyId)) return { index, reason: 'no-kid' }
  if (jwk['kty'] === 'oct' || 'k' in jwk) return { index, keyId, reason: 'symmetric' }
  if (privateMembers.some((name) => name in jwk)) return { index, keyId, reason: 'private' }
  if (!isForVerifying(jwk)) return { index, keyId, reason: 'other-use' }
  const [algorithm, another] = algorithms.filter((one) => fits(jwk, one))
  if (algorithm === undefined) return { index, keyId, reason: 'other-algorithm' }
  if (another !== undefined) return { index, keyId, reason: 'ambiguous-algorithm' }
  return { index, keyId, jwk, algorithm }
}

/** Of RSA, elliptic curves and key pairs of any later kind (RFC 7518 6.2.2 and 6.3.2). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

/** RFC 7517 4.2 and 4.3. */
function isForVerifying({ use = 'sig', key_ops: operations = ['verify'] }: Jwk): boolean {
  return use === 'sig' && Array.isArray(operations) && operations.includes('verify')
}

function fits({ kty, crv, alg }: Jwk, { jwk }: SignatureAlgorithm): boolean {
  return kty === jwk.kty && crv === jwk.crv && (alg === undefined || jwk.alg.includes(alg as string))
}

async function importCandidate(
  candidate: Candidate | IgnoredKey,
  settings: ReadSettings,
): Promise<TrustedKey | IgnoredKey> {
  if ('reason' in candidate) return candidate
  const { index, keyId, jwk, algorithm } = candidate
  const ignored = (reason: IgnoredKeyReason): IgnoredKey => ({ index, keyId, reason })
  // What a platform says of a key that it refuses differs, and is of no use to anybody here.
  const key = await importVerifyingKey(algorithm, { jwk: jwk as NamedJwk }, { keyId }).catch(() => undefined)
  if (key === undefined) return ignored('unfit')
  const principal = principalOf(candidate, settings)
  if (principal === null) return ignored('bad-principal')
  try {
    return trustedKeyOf({ key, principal, notBefore: jwk['nbf'], notAfter: jwk['exp'], revoked: isRevoked(jwk) })
  } catch {
    return ignored('bad-validity')
  }
}

/** An object in OpenID Federation. Whatever else somebody writes there, it does not say that the key is good. */
function isRevoked({ revoked = false }: Jwk): boolean {
  return revoked !== false
}

/** What the option says; null when it says nothing that is a name. */
function principalOf({ keyId, jwk }: Candidate, settings: ReadSettings): string | undefined | null {
  try {
    const principal: unknown = settings.principal(keyId, jwk)
    return principal === undefined || (typeof principal === 'string' && principal !== '') ? principal : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A quotation mark or a backslash is legal in a keyid, but only escaped, and other libraries escape it wrongly. */
function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(value)
}
