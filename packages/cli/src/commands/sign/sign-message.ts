import { randomUUID } from 'node:crypto'
import { profileComponents } from '@countersign/client'
import {
  appendSignature,
  createContentDigest,
  createResponseMessage,
  type FieldLine,
  type HashName,
  isSignatureError,
  type Message,
  type SignedFields,
  type SigningKey,
  sign,
} from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failureOf, usageFailure } from '../../failure.ts'
import { type KeyOptions, readSigningKey } from '../../keys/given-key.ts'
import { type GivenMessage, type MessageOptions, readMessage } from '../../messages/given-message.ts'
import { fieldValues, type RawMessage, rawMessageBytes } from '../../messages/raw-message.ts'
import { digestName, wholeSeconds } from '../../messages/signing-options.ts'
import { targetMessage } from '../../messages/target-message.ts'
import { printable } from '../../terminal/paint.ts'
import type { World } from '../../world.ts'

/** What `sign` can be told. */
export interface SignOptions extends KeyOptions, MessageOptions {
  readonly component?: readonly string[]
  readonly only?: boolean
  readonly label: string
  readonly tag?: string
  readonly digest: string
  readonly expires: string
  readonly base?: boolean
  readonly json?: boolean
}

/** Signs a message, and prints it. */
export const signMessage: RunCommand<SignOptions> = async ({ arguments: [path = '-'], options, world }) => {
  const expires = wholeSeconds('--expires', options.expires)
  const digest = digestName(options.digest)
  const given = await readMessage(path, options, world)
  const key = await readSigningKey(options, world)
  try {
    const described = await withDigest(given.message, digest)
    const parameters = parametersOf(key, { expires, tag: options.tag, world })
    const components = componentsOf(described, options)
    const signed = await sign(messageOf(described, given), key, { components, parameters, label: options.label })
    print({ ...described, headers: appendSignature(described.headers, signed) }, signed, { options, world })
    return exitCodes.done
  } catch (error) {
    if (isSignatureError(error) && error.code === 'duplicate_label') {
      throw usageFailure(`the message has a signature "${options.label}" already: pass another --label`)
    }
    throw failureOf('the message cannot be signed', error)
  }
}

async function withDigest(message: RawMessage, digest: HashName): Promise<RawMessage> {
  if (message.body.length === 0 || fieldValues(message.headers, 'content-digest').length > 0) return message
  const line: FieldLine = ['Content-Digest', await createContentDigest(new Uint8Array(message.body), [digest])]
  return { ...message, headers: [...message.headers, line] }
}

function componentsOf(message: RawMessage, { component = [], only = false }: SignOptions): readonly string[] {
  if (only && component.length === 0)
    throw usageFailure('--only needs --component: a signature over nothing protects nothing')
  if (only) return component
  const has = (name: string) => fieldValues(message.headers, name).length > 0
  const profile = profileComponents(has, message.body.length > 0)
  const own = message.kind === 'request' ? profile : ['@status', ...profile.filter((name) => !name.startsWith('@'))]
  return [...new Set([...own, ...component])]
}

function parametersOf(
  key: SigningKey,
  { expires, tag, world }: { readonly expires: number; readonly tag: string | undefined; readonly world: World },
): Parameters<typeof sign>[2]['parameters'] {
  const created = Math.floor(world.clock() / 1000)
  return {
    created,
    ...(expires === 0 ? {} : { expires: created + expires }),
    nonce: randomUUID(),
    alg: key.algorithm,
    keyid: key.keyId,
    ...(tag === undefined ? {} : { tag }),
  }
}

function messageOf(message: RawMessage, { origin }: GivenMessage): Message {
  if (message.kind === 'response') return createResponseMessage(message)
  if (origin === undefined)
    throw usageFailure('the request has no Host: say where it goes with --origin https://bank.example')
  return targetMessage(message, origin)
}

function print(
  message: RawMessage,
  signed: SignedFields,
  { options, world }: { readonly options: SignOptions; readonly world: World },
): void {
  if (options.json) {
    const { headers, body } = message
    const described = { headers, body: Buffer.from(body).toString('base64'), signatureBase: signed.base }
    world.stdout.write(`${JSON.stringify(described, null, 2)}\n`)
    return
  }
  world.stdout.write(rawMessageBytes(message))
  if (options.base) world.stderr.write(`${printable(signed.base)}\n`)
}
