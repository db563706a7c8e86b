import type { AlgorithmName } from '@countersign/core'

/** What is done to a good signature, and what it is called. */
type Change = readonly [what: string, change: (signature: Buffer) => Uint8Array]

/** Orders of the groups: signatures hold numbers below them (RFC 8032 5.1, SEC 2). */
const orders = {
  ed25519: 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  p384: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
} as const

const forAll: readonly Change[] = [
  ['empty', () => new Uint8Array()],
  ['cut by a byte', (signature) => signature.subarray(0, -1)],
  ['longer by a byte', (signature) => Buffer.concat([signature, Buffer.alloc(1)])],
  ['all zero', (signature) => Buffer.alloc(signature.length)],
  [
    'one bit changed',
    (signature) => Buffer.concat([signature.subarray(0, -1), Buffer.from([(signature.at(-1) ?? 0) ^ 1])]),
  ],
]

/** Signatures that a lenient library takes for good ones. */
export function badSignatures(algorithm: AlgorithmName): readonly Change[] {
  if (algorithm === 'ed25519') return [...forAll, ['S + L', plusOrder]]
  if (algorithm === 'ecdsa-p256-sha256') return [...forAll, ...ecdsaChanges(orders.p256, 32)]
  return algorithm === 'ecdsa-p384-sha384' ? [...forAll, ...ecdsaChanges(orders.p384, 48)] : forAll
}

/** The same S modulo L, which RFC 8032 5.1.7 refuses. */
function plusOrder(signature: Buffer): Uint8Array {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + orders.ed25519
  return Buffer.concat([signature.subarray(0, 32), bytesOf(scalar, 32).reverse()])
}

function ecdsaChanges(order: bigint, size: number): readonly Change[] {
  return [
    ['in DER', (signature) => derOf(signature.subarray(0, size), signature.subarray(size))],
    ['s = n', (signature) => Buffer.concat([signature.subarray(0, size), bytesOf(order, size)])],
    ['r = n', (signature) => Buffer.concat([bytesOf(order, size), signature.subarray(size)])],
  ]
}

function bytesOf(number: bigint, size: number): Buffer {
  return Buffer.from(
    number
      .toString(16)
      .padStart(size * 2, '0')
      .slice(-size * 2),
    'hex',
  )
}

function derOf(...numbers: readonly Buffer[]): Uint8Array {
  const integers = numbers.map((number) => {
    const bare = number.subarray(
      Math.max(
        0,
        number.findIndex((byte) => byte !== 0),
      ),
    )
    const signed = (bare[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bare]) : bare
    return Buffer.concat([Buffer.from([0x02, signed.length]), signed])
  })
  const content = Buffer.concat(integers)
  return Buffer.concat([Buffer.from([0x30, content.length]), content])
}
