import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { importVerifyingKey, type NamedJwk } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure, failureOf } from '../../failure.ts'
import { type KeyOptions, readKey } from '../../keys/given-key.ts'

/** What `public` can be told. */
export interface PublicOptions extends KeyOptions {
  readonly format: 'jwk' | 'pem'
  readonly json?: boolean
}

/** Prints the public half of a key. */
export const printPublicKey: RunCommand<PublicOptions> = async ({ options, world }) => {
  const { algorithm, keyId, publicJwk } = await readKey(options, world)
  if (publicJwk === undefined) throw failure('an HMAC secret has no public half: both sides share it')
  try {
    // A key that no verifier would take is not worth printing.
    await importVerifyingKey(algorithm, { jwk: publicJwk }, { keyId })
  } catch (error) {
    throw failureOf('the key is unfit', error)
  }
  const pem = pemOf(publicJwk)
  const described = options.json ? { keyid: keyId, algorithm: algorithm.name, jwk: publicJwk, pem } : publicJwk
  const isPem = options.format === 'pem' && !options.json
  world.stdout.write(isPem ? pem : `${JSON.stringify(described, null, 2)}\n`)
  return exitCodes.done
}

function pemOf(jwk: NamedJwk): string {
  return String(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
}
