import { createSignedFetch, type Problem, readProblem, retries, type SignedFetchOptions } from '@countersign/client'
import {
  ed25519,
  generateKey,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  isSignatureError,
  type NamedJwk,
  type SignatureErrorCode,
  type SigningKey,
} from '@countersign/core'
import { parseDictionary } from '@countersign/core/structured-fields'
import { createMemoryReplayStore, createVerifier, protect, type ReplayStore } from '@countersign/verifier'

/** What types must let through. */
export async function goodUse(secret: Uint8Array, jwk: NamedJwk): Promise<SignatureErrorCode | undefined> {
  const key: SigningKey = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
  const options: SignedFetchOptions = { key, retry: retries({ attempts: 3 }), expiresAfterSeconds: false }
  const response: Response = await createSignedFetch(options)('https://bank.example/', { method: 'POST', body: '{}' })
  const problem: Problem | undefined = await readProblem(response)
  const replayStore: ReplayStore = createMemoryReplayStore({ startsFresh: true })
  const keys = [await importVerifyingKey(ed25519, { jwk })]
  const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
  const handler = protect(
    verify,
    (_request, { keyId, body }) => new Response(`${keyId} ${body.length} ${problem?.kind}`),
  )
  try {
    await handler(new Request('https://bank.example/'))
    const { keyId }: { keyId: string } = await verify(new Request('https://bank.example/'))
    parseDictionary(keyId)
  } catch (error) {
    if (isSignatureError(error)) return error.code
  }
  return undefined
}

/** A key of WebCrypto goes in and comes out, whatever the project takes its types from. */
export async function webCryptoKeys(): Promise<SigningKey> {
  const { cryptoKey, publicJwk } = await generateKey(ed25519)
  const usages: readonly string[] = cryptoKey.usages
  const curve: string | undefined = publicJwk?.crv
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const own = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  if (!('usages' in own)) throw new TypeError(`${usages.length} ${curve}`)
  return importSigningKey(hmacSha256, { cryptoKey: own }, { keyId: 'own' })
}

/** What types must refuse. Each line is an error: where one is not, the compiler says that the directive is unused. */
export async function wrongUse(key: SigningKey, replayStore: ReplayStore): Promise<void> {
  // @ts-expect-error a key is required
  createSignedFetch({})
  // @ts-expect-error a misspelt option
  createSignedFetch({ key, expiresAfter: 60 })
  // @ts-expect-error a wrong unit
  createSignedFetch({ key, clockSkew: { maxSeconds: '5 min' } })
  // @ts-expect-error no silent default for the origin
  createVerifier({ keys: [], replayStore })
  // @ts-expect-error a promise of keys is no list of keys
  createVerifier({ keys: Promise.resolve([]), replayStore, origin: 'https://bank.example' })
  // @ts-expect-error a key to sign does not verify
  createVerifier({ keys: [key], replayStore, origin: 'https://bank.example' })
  // @ts-expect-error no algorithm by a name, which could come from a message
  await importSigningKey('hmac-sha256', { secret: new Uint8Array(32) })
  // @ts-expect-error exactly one source of a key
  await importSigningKey(hmacSha256, { password: 'swordfish' })
  // @ts-expect-error something else than a key of WebCrypto
  await importSigningKey(hmacSha256, { cryptoKey: { usages: ['sign'] } })
  // @ts-expect-error a code that there is not
  const code: SignatureErrorCode = 'forged'
  throw new TypeError(code)
}
