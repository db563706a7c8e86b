import { createSignedFetch } from '@countersign/client'
import { openKeyStore } from '@countersign/client/keys'
import {
  ecdsaP256Sha256,
  ed25519,
  generateKey,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  rsaPssSha512,
} from '@countersign/core'

/** What a browser gives to pages of this origin. */
export async function facts() {
  return {
    origin: location.origin,
    isSecureContext,
    hasSubtle: globalThis.crypto?.subtle !== undefined,
    hasRandomUuid: typeof globalThis.crypto?.randomUUID === 'function',
    hasRequestBody: new Request('/', { method: 'POST', body: 'x' }).body !== undefined,
  }
}

const secret = new Uint8Array(32).fill(7)

/** What a page may ask for that some origin cannot have, or no browser should. */
const attempts: Readonly<Record<string, (rsaPublicJwk: JsonWebKey) => unknown>> = {
  'generateKey(ed25519)': () => generateKey(ed25519),
  'generateKey(ecdsaP256Sha256)': () => generateKey(ecdsaP256Sha256),
  'generateKey(hmacSha256)': () => generateKey(hmacSha256),
  openKeyStore: () => openKeyStore({ enrol: () => undefined }),
  'importVerifyingKey(rsaPssSha512)': (jwk) => importVerifyingKey(rsaPssSha512, { jwk }, { keyId: 'rsa' }),
  'createSignedFetch with a secret': async () =>
    createSignedFetch({ key: await importSigningKey(hmacSha256, { secret }, { keyId: 'shared' }) }),
}

/** What each attempt throws, or "nothing". */
export async function refusals(rsaPublicJwk: JsonWebKey): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {}
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt(rsaPublicJwk)
      outcomes[name] = 'nothing'
    } catch (error) {
      outcomes[name] = String(error)
    }
  }
  return outcomes
}
