import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ed25519, hmacSha256, importVerifyingKey, type VerifyingKey } from '../../src/index.ts'
import { describeCorpus } from '../corpora.ts'

interface WycheproofGroup {
  readonly publicKeyJwk?: JsonWebKey
  readonly tagSize?: number
  readonly tests: readonly WycheproofTest[]
}

interface WycheproofTest {
  readonly tcId: number
  readonly key?: string
  readonly msg: string
  readonly tag?: string
  readonly sig?: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function groupsOf(folder: string, file: string): readonly WycheproofGroup[] {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')).testGroups
}

describeCorpus('wycheproof', (folder) => {
  it('agrees on every HMAC-SHA-256 case', async () => {
    let cases = 0
    for (const group of groupsOf(folder, 'hmac_sha256_test.json')) {
      for (const test of group.tests) {
        cases++
        const secret = hex(test.key!)
        if (secret.length < 32) {
          await expect(importVerifyingKey(hmacSha256, { secret }, { keyId: 'w' })).rejects.toThrow(TypeError)
          continue
        }
        const key = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'w' })
        // Truncated tags are no HMAC signatures of RFC 9421 3.3.3.
        const expected = test.result === 'valid' && group.tagSize === 256
        expect(await key.verify(hex(test.msg), hex(test.tag!)), `case ${test.tcId}`).toBe(expected)
      }
    }
    expect(cases).toBe(174)
  })

  it('agrees on every Ed25519 case', async () => {
    let cases = 0
    for (const group of groupsOf(folder, 'ed25519_test.json')) {
      const jwk = (group as { publicKeyJwk?: JsonWebKey; publicKey?: { pk: string } }).publicKeyJwk ?? jwkOf(group)
      const key = await importVerifyingKey(ed25519, { jwk }, { keyId: 'w' })
      for (const test of group.tests) {
        cases++
        expect(await key.verify(hex(test.msg), hex(test.sig!)), `case ${test.tcId}`).toBe(test.result === 'valid')
      }
    }
    expect(cases).toBe(151)
  })
})

function jwkOf(group: unknown): JsonWebKey {
  const { pk } = (group as { publicKey: { pk: string } }).publicKey
  return { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(pk, 'hex').toString('base64url') }
}

interface CctvVector {
  readonly number: number
  readonly key: string
  readonly sig: string
  readonly msg: string
  readonly flags: readonly string[] | null
}

describeCorpus('cctv-ed25519', (folder) => {
  const vectors: readonly CctvVector[] = JSON.parse(readFileSync(join(folder, 'ed25519vectors.json'), 'utf8'))

  it('refuses every small-order and non-canonical key when it is imported (attack 91)', async () => {
    let refused = 0
    for (const vector of vectors) {
      const key = await importOrUndefined(vector.key)
      const weak = vector.flags?.some((flag) => flag === 'low_order_A' || flag === 'non_canonical_A') ?? false
      expect(key === undefined, `vector ${vector.number}`).toBe(weak)
      if (key === undefined) refused++
    }
    expect(vectors).toHaveLength(914)
    expect(refused).toBeGreaterThan(0)
  })

  it('accepts what RFC 8032 without cofactor accepts, and nothing else', async () => {
    for (const vector of vectors) {
      const key = await importOrUndefined(vector.key)
      if (key === undefined) continue
      // What is left to be wrong: a component of small order in A or R that only a cofactored check forgives.
      const forgiven = vector.flags?.some((flag) => flag === 'low_order_residue' || flag === 'non_canonical_R') ?? false
      const valid = await key.verify(new TextEncoder().encode(vector.msg), hex(vector.sig))
      expect(valid, `vector ${vector.number}`).toBe(!forgiven)
    }
  })
})

async function importOrUndefined(publicKeyHex: string): Promise<VerifyingKey | undefined> {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKeyHex, 'hex').toString('base64url') }
  try {
    return await importVerifyingKey(ed25519, { jwk }, { keyId: 'c' })
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return undefined
  }
}
