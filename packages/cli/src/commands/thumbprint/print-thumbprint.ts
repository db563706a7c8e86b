import { jwkThumbprint } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure } from '../../failure.ts'
import { type KeyOptions, readKey } from '../../keys/given-key.ts'

/** What `thumbprint` can be told. */
export interface ThumbprintOptions extends KeyOptions {
  readonly json?: boolean
}

/** Prints the thumbprint of a key. */
export const printThumbprint: RunCommand<ThumbprintOptions> = async ({ options, world }) => {
  const { publicJwk } = await readKey({ keyId: 'unnamed', ...options }, world)
  if (publicJwk === undefined) throw failure('a secret has no thumbprint: it would help to guess it (RFC 7638 7)')
  const thumbprint = await jwkThumbprint(publicJwk)
  const text = options.json ? JSON.stringify({ hash: 'sha-256', thumbprint }, null, 2) : thumbprint
  world.stdout.write(`${text}\n`)
  return exitCodes.done
}
