import { type ForgeCase, forgeTests, type TamperCase, tamperTests } from '../case-tables.ts'
import { alice, carol, carolPublicJwk, carolPublicPem } from '../keys.ts'
import { hmacKey } from '../raw-signer.ts'
import type { Shape } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import type { Expected } from '../verdict.ts'
import { editBytes } from './edits.ts'

/** Attacks 85 and 87: the algorithm belongs to the key, and a signature has one length and one encoding. */
export function algorithmAttacks(target: AttackTarget): void {
  forgeTests(target, [...algorithmCases, ...publicKeyCases])
  tamperTests(target, signatureCases)
}

function claiming(alg: string | undefined): Shape {
  return { parameters: { alg } }
}

const algorithmCases: readonly ForgeCase[] = (
  [
    ['hmac-sha256 key, ed25519', {}, '"ed25519"', 'algorithm_mismatch'],
    ['hmac-sha256 key, rsa-v1_5-sha256', {}, '"rsa-v1_5-sha256"', 'algorithm_mismatch'],
    ['hmac-sha256 key, none', {}, '"none"', 'algorithm_mismatch'],
    ['hmac-sha256 key, empty', {}, '""', 'algorithm_mismatch'],
    ['hmac-sha256 key, HMAC-SHA256', {}, '"HMAC-SHA256"', 'algorithm_mismatch'],
    ['hmac-sha256 key, HS256 of JWS', {}, '"HS256"', 'algorithm_mismatch'],
    ['hmac-sha256 key, __proto__', {}, '"__proto__"', 'algorithm_mismatch'],
    ['hmac-sha256 key, no alg, is let in', {}, undefined, 'accepted'],
    ['ed25519 key, hmac-sha256', { key: carol }, '"hmac-sha256"', 'algorithm_mismatch'],
    ['ed25519 key, none', { key: carol }, '"none"', 'algorithm_mismatch'],
    ['ed25519 key, no alg, is let in', { key: carol }, undefined, 'accepted'],
  ] satisfies readonly (readonly [string, Shape, string | undefined, Expected])[]
).map(([what, shape, alg, expected]) => ({ attack: 85, what, shape, forge: claiming(alg), expected }))

/** HMAC keyed with what everybody knows of carol. */
const publicKeyCases: readonly ForgeCase[] = [
  ['PEM', carolPublicPem],
  ['PEM without its last line break', carolPublicPem.trim()],
  ['JWK', JSON.stringify(carolPublicJwk)],
  ['raw public key', Buffer.from(String(carolPublicJwk.x), 'base64url')],
].flatMap(([what, secret]): readonly ForgeCase[] => {
  const key = hmacKey('carol', Buffer.from(secret as string))
  const named = `HMAC keyed with the ${String(what)} of an ed25519 key`
  return [
    {
      attack: 85,
      what: `${named}, as hmac-sha256`,
      shape: { key: carol },
      forge: { key },
      expected: 'algorithm_mismatch',
    },
    {
      attack: 85,
      what: `${named}, without alg`,
      shape: { key: carol },
      forge: { key, ...claiming(undefined) },
      expected: 'invalid_signature',
    },
    {
      attack: 85,
      what: `${named}, as ed25519`,
      shape: { key: carol },
      forge: { key, ...claiming('"ed25519"') },
      expected: 'invalid_signature',
    },
  ]
})

/** The order of the base point of edwards25519 (RFC 8032 5.1). */
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n

/** S + L is congruent to S: a verifier that does not check S < L takes it for a second signature (RFC 8032 8.4). */
function addGroupOrder(signature: Buffer): Buffer {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + groupOrder
  const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()
  return Buffer.concat([signature.subarray(0, 32), bytes])
}

const edits: readonly (readonly [what: string, edit: (bytes: Buffer) => Uint8Array])[] = [
  ['empty', () => Buffer.alloc(0)],
  ['cut by a byte', (bytes) => bytes.subarray(0, -1)],
  ['cut to 16 bytes', (bytes) => bytes.subarray(0, 16)],
  ['extended by a byte', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
  ['twice', (bytes) => Buffer.concat([bytes, bytes])],
  ['zeros', (bytes) => Buffer.alloc(bytes.length)],
  ['its first bit flipped', (bytes) => bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))],
  ['its last bit flipped', (bytes) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 128 : byte))],
]

const signatureCases: readonly TamperCase[] = [alice, carol].flatMap((key) => {
  const ofKey =
    key === carol
      ? [
          ...edits,
          ['S + L', addGroupOrder] as const,
          ['S = 0', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)])] as const,
        ]
      : edits
  return ofKey.map(
    ([what, edit]): TamperCase => ({
      attack: 87,
      what: `${key.algorithm} signature ${what}`,
      shape: { key },
      tamper: editBytes(edit),
      expected: 'invalid_signature',
    }),
  )
})
