import { createHash } from 'node:crypto'
import { ed25519, hmacSha256, importVerifyingKey, type VerifyingKey } from '@countersign/core'
import { generatePair, jwkOf, pemOf } from './key-pairs.ts'
import { ed25519Key, hmacKey, type RawKey } from './raw-signer.ts'

/** The secret of a name: the same in every run, and as long as it must be. */
function secretOf(keyId: string): Buffer {
  return createHash('sha256').update(`secret of ${keyId}`).digest()
}

const carolPair = generatePair.ed25519()

/** The usual signer. */
export const alice: RawKey = hmacKey('alice', secretOf('alice'))
/** Another one, who may attack. */
export const bob: RawKey = hmacKey('bob', secretOf('bob'))
/** Signs with Ed25519. */
export const carol: RawKey = ed25519Key('carol', carolPair.privateKey)
/** Knows no secret that the server knows. */
export const mallory: RawKey = hmacKey('mallory', secretOf('mallory'))

/** What everybody may know of carol. */
export const carolPublicPem: string = pemOf(carolPair.publicKey)
/** The same as a JWK. */
export const carolPublicJwk: JsonWebKey = jwkOf(carolPair.publicKey)

/** The secrets of those who share one, as somebody might log them by mistake. */
export const secretTexts: readonly string[] = ['alice', 'bob', 'mallory'].flatMap((keyId) => {
  return (['hex', 'base64', 'base64url', 'latin1'] as const).map((encoding) => secretOf(keyId).toString(encoding))
})

/** A signer by another name, for tests that need many. */
export function signerNamed(keyId: string): RawKey {
  return hmacKey(keyId, secretOf(keyId))
}

/** The same key as the server holds it. */
export function verifyingKeyNamed(keyId: string): Promise<VerifyingKey> {
  if (keyId === carol.keyId) return importVerifyingKey(ed25519, { pem: carolPublicPem }, { keyId })
  return importVerifyingKey(hmacSha256, { secret: secretOf(keyId) }, { keyId })
}

/** What the server trusts by default: alice, bob and carol, but not mallory. */
export function trustedKeys(): Promise<readonly VerifyingKey[]> {
  return Promise.all([alice, bob, carol].map((key) => verifyingKeyNamed(key.keyId)))
}

/** The same, telling when one is looked up: the head of a request was judged by then, and its body is still to come. */
export async function watchedKeys(): Promise<{
  readonly keys: (keyId: string) => VerifyingKey | undefined
  readonly headSeen: Promise<void>
}> {
  const trusted = await trustedKeys()
  let tell = (): void => {}
  const headSeen = new Promise<void>((resolve) => {
    tell = resolve
  })
  const keys = (keyId: string): VerifyingKey | undefined => {
    tell()
    return trusted.find((key) => key.keyId === keyId)
  }
  return { keys, headSeen }
}
