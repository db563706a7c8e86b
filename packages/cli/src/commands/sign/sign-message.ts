import { randomUUID } from 'node:crypto'
import { profileComponents } from '@countersign/client'
import {
  appendSignature,
  type ComponentIdentifier,
  component,
  createContentDigest,
  type FieldLine,
  type HashName,
  isSignatureError,
  parseSignatures,
  readSignatureInput,
  type SignedFields,
  type SigningKey,
  sign,
} from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failureOf, usageFailure } from '../../failure.ts'
import { type KeyOptions, readSigningKey } from '../../keys/given-key.ts'
import { componentsNamed } from '../../messages/component-identifier.ts'
import {
  type GivenMessage,
  type GivenRequest,
  type MessageOptions,
  rawMessageOf,
  readMessage,
} from '../../messages/given-message.ts'
import { fieldValues, type RawMessage, rawMessageBytes } from '../../messages/raw-message.ts'
import { checkSignatureNames, digestName, wholeSeconds } from '../../messages/signing-options.ts'
import { signedMessage, targetMessage } from '../../messages/target-message.ts'
import { painter, printable } from '../../terminal/paint.ts'
import type { World } from '../../world.ts'
import { shownMessage } from '../shown-message.ts'

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
  checkSignatureNames(options)
  const own = componentsNamed('--component', options.component)
  const given = await readMessage(path, options, world)
  const key = await readSigningKey(options, world)
  try {
    const described = await withDigest(given, digest)
    const parameters = parametersOf(key, { expires, tag: options.tag, world })
    const components = componentsOf(described, own, options)
    const signed = await sign(signedMessage(described), key, { components, parameters, label: options.label })
    const message = rawMessageOf(described)
    print({ ...message, headers: appendSignature(message.headers, signed) }, signed, { options, world })
    return exitCodes.done
  } catch (error) {
    if (isSignatureError(error) && error.code === 'duplicate_label') {
      throw usageFailure(`the message has a signature "${options.label}" already: pass another --label`)
    }
    throw failureOf('the message cannot be signed', error)
  }
}

async function withDigest(given: GivenMessage, digest: HashName): Promise<GivenMessage> {
  const { headers, body } = rawMessageOf(given)
  if (body.length === 0 || fieldValues(headers, 'content-digest').length > 0) return given
  const line: FieldLine = ['Content-Digest', await createContentDigest(new Uint8Array(body), [digest])]
  return given.kind === 'request'
    ? { ...given, request: { ...given.request, headers: [...headers, line] } }
    : { ...given, response: { ...given.response, headers: [...headers, line] } }
}

/** Fields that say what the bytes of a response mean, or what the client does next (docs/responses.md). */
const responseFields = ['content-digest', 'content-type', 'content-encoding', 'location', 'accept-signature']

function componentsOf(
  given: GivenMessage,
  own: readonly ComponentIdentifier[],
  { only = false }: SignOptions,
): readonly ComponentIdentifier[] {
  if (only && own.length === 0)
    throw usageFailure('--only needs --component: a signature over nothing protects nothing')
  const components = [...(only ? [] : profileOf(given)), ...own]
  return [...new Map(components.map((identifier) => [identifier.sortedText, identifier])).values()]
}

function profileOf(given: GivenMessage): readonly ComponentIdentifier[] {
  const { headers, body } = rawMessageOf(given)
  const has = (name: string) => fieldValues(headers, name).length > 0
  if (given.kind === 'request') return profileComponents(has, body.length > 0).map((name) => component(name))
  const own = ['@status', ...responseFields.filter(has)].map((name) => component(name))
  return given.answers === undefined ? own : [...own, ...answeredComponents(given.answers)]
}

/** What the signatures of a request cover, and what tells it from all others (RFC 9421 2.4, 7.3.7). */
function answeredComponents({ request, origin }: GivenRequest): readonly ComponentIdentifier[] {
  const message = targetMessage(request, origin)
  if (!message.headers.has('signature')) throw usageFailure('the request is not signed: nothing tells it from others')
  const plain = parseSignatures(message)
    .flatMap(({ input }) => readSignatureInput(input).components)
    .filter(({ parameters }) => parameters.size === 0)
  const names = ['@method', '@authority', '@path', '@query', 'signature-input', ...plain.map(({ name }) => name)]
  return [...new Set(names)].map((name) => component(name, { req: true }))
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
  const { stdout, env } = world
  // A terminal is for reading: there, nothing of the message moves the cursor.
  stdout.write(stdout.isTerminal ? `${shownMessage(message, painter(stdout, env))}\n` : rawMessageBytes(message))
  if (options.base) world.stderr.write(`${printable(signed.base)}\n`)
}
