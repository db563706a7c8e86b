import type { CommandDefinition } from '../command.ts'
import { explain } from './explain/definition.ts'
import { keygen } from './keygen/definition.ts'
import { probe } from './probe/definition.ts'
import { publicKey } from './public/definition.ts'
import { request } from './request/definition.ts'
import { sign } from './sign/definition.ts'
import { thumbprint } from './thumbprint/definition.ts'
import { verify } from './verify/definition.ts'

/** The commands, in the order of `--help`. */
export const commands: readonly CommandDefinition[] = [
  keygen,
  publicKey,
  thumbprint,
  request,
  sign,
  verify,
  explain,
  probe,
]
