import { jwkThumbprint } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure } from '../../failure.ts'
import { type KeyOptions, readKey } from '../../keys/given-key.ts'

/** Prints the thumbprint of a key. */
export const printThumbprint: RunCommand<KeyOptions> = async ({ options, world }) => {
  const { publicJwk } = await readKey({ keyId: 'unnamed', ...options }, world)
  if (publicJwk === undefined) throw failure('a secret has no thumbprint: it would help to guess it (RFC 7638 7)')
  world.stdout.write(`${await jwkThumbprint(publicJwk)}\n`)
  return exitCodes.done
}
