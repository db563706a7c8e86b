import { createHmac } from 'node:crypto'

/** What a nonce is made of, as docs/challenges.md writes it down. */
export interface NonceParts {
  readonly secret: Uint8Array
  readonly keyId: string
  /** Unix seconds. */
  readonly issuedAt: number
  /** @default '' */
  readonly region?: string
  /** @default 16 bytes of 7 */
  readonly random?: Uint8Array
  /** @default 1 */
  readonly version?: number
}

/** The secret of the tests. */
export const nonceSecret: Uint8Array = new Uint8Array(32).fill(42)

/** Makes a nonce with node:crypto, sharing no code with the library. */
export function nonceByHand(parts: NonceParts): string {
  const { secret, keyId, issuedAt, region = '', random = new Uint8Array(16).fill(7), version = 1 } = parts
  const time = Buffer.alloc(5)
  time.writeUIntBE(issuedAt, 0, 5)
  const head = Buffer.concat([Buffer.from([version]), time, random])
  const names = `countersign server nonce ${region.length}:${region}${keyId.length}:${keyId}`
  const mac = createHmac('sha256', secret).update(names).update(head).digest()
  return Buffer.concat([head, mac]).toString('base64url')
}
