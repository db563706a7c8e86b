import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { importVerifyingKey } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure, failureOf } from '../../failure.ts'
import { type KeyOptions, readKey } from '../../keys/given-key.ts'

/** What `public` can be told. */
export interface PublicOptions extends KeyOptions {
  readonly format: 'jwk' | 'pem'
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
  world.stdout.write(
    options.format === 'pem'
      ? String(createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
      : `${JSON.stringify(publicJwk, null, 2)}\n`,
  )
  return exitCodes.done
}
