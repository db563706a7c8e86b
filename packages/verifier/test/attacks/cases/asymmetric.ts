import { it } from 'vitest'
import {
  type AsymmetricKey,
  derEcdsa,
  p256,
  p384,
  pkcs1,
  pss,
  rawEcdsa,
  rsaPkcs1,
  rsaPss,
  type Scheme,
} from '../asymmetric-keys.ts'
import { signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { type Expected, expectVerdict, startFor } from '../verdict.ts'
import { editBytes } from './edits.ts'

/** The order of the base point, and the length of r and of s in bytes (SP 800-186 3.2.1). */
const curves = [
  { key: p256, length: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  {
    key: p384,
    length: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
] as const

/** The right private key used in another way than its algorithm says. */
const misuses: readonly (readonly [attack: number, what: string, key: AsymmetricKey, scheme: Scheme])[] = [
  [86, 'a PSS key as PKCS#1 v1.5 with SHA-256', rsaPss, { hash: 'sha256', options: pkcs1 }],
  [86, 'a PSS key as PKCS#1 v1.5 with SHA-512', rsaPss, { hash: 'sha512', options: pkcs1 }],
  [86, 'a PSS key with SHA-256', rsaPss, { hash: 'sha256', options: { ...pss, saltLength: 32 } }],
  [86, 'a PSS key with a salt of 32 bytes', rsaPss, { hash: 'sha512', options: { ...pss, saltLength: 32 } }],
  [86, 'a PSS key without a salt', rsaPss, { hash: 'sha512', options: { ...pss, saltLength: 0 } }],
  [86, 'a PKCS#1 v1.5 key as PSS', rsaPkcs1, { hash: 'sha512', options: pss }],
  [86, 'a PKCS#1 v1.5 key with SHA-512', rsaPkcs1, { hash: 'sha512', options: pkcs1 }],
  [86, 'a P-256 key with SHA-384', p256, { hash: 'sha384', options: rawEcdsa }],
  [86, 'a P-384 key with SHA-256', p384, { hash: 'sha256', options: rawEcdsa }],
  [87, 'a P-256 signature in DER', p256, { hash: 'sha256', options: derEcdsa }],
  [87, 'a P-384 signature in DER', p384, { hash: 'sha384', options: derEcdsa }],
]

/** Attacks 85 to 87 for keys of which the server has the public half. */
export function asymmetricAttacks(target: AttackTarget): void {
  it.each(misuses)('attack %d: %s', async (_attack, _what, key, scheme) => {
    const running = await startFor(target, { keys: [await key.verifyingKey()] })
    await expectVerdict(running, signedRequest(running.now(), { key: key.as(scheme) }), 'invalid_signature')
    await expectVerdict(running, signedRequest(running.now(), { key }), 'accepted')
  })

  const all = [p256, p384, rsaPss, rsaPkcs1]
  const claims = all.flatMap((key) =>
    [...all.map(({ algorithm }) => algorithm), 'none'].map((alg) => [alg, key] as const),
  )
  it.each(claims)('attack 85: alg %s for the $1.algorithm key', async (alg, key) => {
    const running = await startFor(target, { keys: [await key.verifyingKey()] })
    const expected = alg === key.algorithm ? 'accepted' : 'algorithm_mismatch'
    await expectVerdict(running, signedRequest(running.now(), { key, parameters: { alg: `"${alg}"` } }), expected)
    await expectVerdict(running, signedRequest(running.now(), { key, parameters: { alg: undefined } }), 'accepted')
  })

  it.each(signatureEdits())('attack 87: $what', async ({ key, edit, expected }) => {
    const running = await startFor(target, { keys: [await key.verifyingKey()] })
    const captured = signedRequest(running.now(), { key })
    await expectVerdict(running, editBytes(edit)(captured), expected)
    await expectVerdict(running, captured, expected === 'accepted' ? 'replayed' : 'accepted')
  })
}

interface SignatureEdit {
  readonly what: string
  readonly key: AsymmetricKey
  readonly edit: (bytes: Buffer) => Buffer
  readonly expected: Expected
}

function signatureEdits(): readonly SignatureEdit[] {
  const invalid = 'invalid_signature' as const
  const general = [p256, p384, rsaPss, rsaPkcs1].flatMap((key): readonly SignatureEdit[] => [
    { what: `${key.algorithm} empty`, key, edit: () => Buffer.alloc(0), expected: invalid },
    { what: `${key.algorithm} cut`, key, edit: (bytes) => bytes.subarray(0, -1), expected: invalid },
    {
      what: `${key.algorithm} with a byte behind`,
      key,
      edit: (bytes) => Buffer.concat([bytes, zero]),
      expected: invalid,
    },
    {
      what: `${key.algorithm} with a byte before`,
      key,
      edit: (bytes) => Buffer.concat([zero, bytes]),
      expected: invalid,
    },
    { what: `${key.algorithm} zeros`, key, edit: (bytes) => Buffer.alloc(bytes.length), expected: invalid },
    { what: `${key.algorithm} ones`, key, edit: (bytes) => Buffer.alloc(bytes.length, 255), expected: invalid },
  ])
  return [...general, ...curves.flatMap(pointEdits)]
}

const zero = Buffer.alloc(1)

function pointEdits({ key, length, order }: (typeof curves)[number]): readonly SignatureEdit[] {
  const pair = (edit: (r: bigint, s: bigint) => readonly [r: bigint, s: bigint]) => (bytes: Buffer) => {
    const [r, s] = edit(toInteger(bytes.subarray(0, length)), toInteger(bytes.subarray(length)))
    return Buffer.concat([toBytes(r, length), toBytes(s, length)])
  }
  const named = (what: string, edit: Parameters<typeof pair>[0], expected: Expected): SignatureEdit => {
    return { what: `${key.algorithm} with ${what}`, key, edit: pair(edit), expected }
  }
  return [
    named('r = 0', (_r, s) => [0n, s], 'invalid_signature'),
    named('s = 0', (r) => [r, 0n], 'invalid_signature'),
    named('r = n', (_r, s) => [order, s], 'invalid_signature'),
    named('s = n', (r) => [r, order], 'invalid_signature'),
    named('r = n - 1', (_r, s) => [order - 1n, s], 'invalid_signature'),
    named('r and s swapped', (r, s) => [s, r], 'invalid_signature'),
    // Both s and n - s are valid, and anybody can make one of the other: the nonce keeps the two to one run.
    named('n - s, which verifies, and runs in the place of the original', (r, s) => [r, order - s], 'accepted'),
  ]
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function toBytes(integer: bigint, length: number): Buffer {
  return Buffer.from(integer.toString(16).padStart(length * 2, '0'), 'hex')
}
