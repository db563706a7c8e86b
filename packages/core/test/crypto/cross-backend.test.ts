import { beforeAll, describe, expect, it } from 'vitest'
import { suitableBackend, useBackend } from '../../src/crypto/platform.ts'
import {
  encodeUtf8,
  exportJwk,
  exportPem,
  type GeneratedKey,
  generateKey,
  importSigningKey,
  importVerifyingKey,
  type KeySource,
  type SigningKey,
  type VerifyingKey,
} from '../../src/index.ts'
import { algorithms, backendsOf } from './each-backend.ts'

const base = encodeUtf8('"@signature-params": ()')
const signatureLengths = [32, 64, 64, 96, 384, 384]

describe.each(algorithms.map((algorithm, index) => ({ algorithm, length: signatureLengths[index]! })))(
  '$algorithm.name',
  ({ algorithm, length }) => {
    const backends = backendsOf(algorithm)
    const signing: SigningKey[] = []
    const verifying: VerifyingKey[] = []

    beforeAll(async () => {
      await useBackend(suitableBackend())
      const generated = await generateKey(algorithm, { keyId: 'k', extractable: true })
      const [privateForms, publicForms] = await formsOf(generated)
      for (const name of backends) {
        expect((await useBackend(name)).name).toBe(name)
        signing.push(...(await Promise.all(privateForms.map((source) => importSigningKey(algorithm, source, k)))))
        verifying.push(...(await Promise.all(publicForms.map((source) => importVerifyingKey(algorithm, source, k)))))
      }
    }, 60_000)
    const k = { keyId: 'k' }

    it('verifies on every backend, from every form of the key, what any other signs', async () => {
      expect(signing.length).toBeGreaterThanOrEqual(backends.length * 2)
      for (const signer of signing) {
        const signature = new Uint8Array(await signer.sign(base))
        expect(signature).toHaveLength(length)
        for (const verifier of verifying) {
          expect(await verifier.verify(base, signature)).toBe(true)
          expect(await verifier.verify(encodeUtf8('"@signature-params": ("a")'), signature)).toBe(false)
        }
      }
    })

    it('refuses signatures of another length, and those that are all zeros or ones (attack 87)', async () => {
      const good = new Uint8Array(await signing[0]!.sign(base))
      const wrong = [
        new Uint8Array(0),
        good.slice(1),
        good.slice(0, -1),
        Uint8Array.of(0, ...good),
        Uint8Array.of(...good, 0),
        new Uint8Array(length),
        new Uint8Array(length).fill(255),
      ]
      for (const verifier of verifying) {
        for (const signature of wrong) expect(await verifier.verify(base, signature)).toBe(false)
      }
    })
  },
)

/** The private and the public sources of a key: JWK, PEM where there is one, and the CryptoKey itself. */
async function formsOf(key: GeneratedKey): Promise<readonly [readonly KeySource[], readonly KeySource[]]> {
  const { cryptoKey, publicCryptoKey } = key
  const jwk = await exportJwk(cryptoKey)
  if (publicCryptoKey === undefined)
    return [
      [{ jwk }, { cryptoKey }],
      [{ jwk }, { cryptoKey }],
    ]
  return [
    [{ jwk }, { pem: await exportPem(cryptoKey) }, { cryptoKey }],
    [
      { jwk },
      { jwk: await exportJwk(publicCryptoKey) },
      { pem: await exportPem(publicCryptoKey) },
      { cryptoKey: publicCryptoKey },
    ],
  ]
}
