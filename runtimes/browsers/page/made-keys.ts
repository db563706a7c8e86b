import { ed25519, encodeUtf8, generateKey, importSigningKey, importVerifyingKey } from '@countersign/core'

/** Both halves of an Ed25519 key. */
export interface PemPair {
  readonly privatePem: string
  readonly publicPem: string
}

const text = encodeUtf8('signed and verified')

/** Makes so many keys, one after the other, and gives how many there are. */
export async function makeKeys(count: number): Promise<number> {
  const names = new Set<string>()
  for (let made = 0; made < count; made++) names.add((await generateKey(ed25519)).keyId)
  return names.size
}

/** Signs and verifies with a key from PEM: "verified", "refused", or what an import throws. */
export async function roundTrip({ privatePem, publicPem }: PemPair): Promise<string> {
  try {
    const verifying = await importVerifyingKey(ed25519, { pem: publicPem }, { keyId: 'public' })
    const signing = await importSigningKey(ed25519, { pem: privatePem }, { keyId: 'private' })
    const signature = new Uint8Array(await signing.sign(text))
    return (await verifying.verify(text, signature)) ? 'verified' : 'refused'
  } catch (error) {
    return String(error)
  }
}
