import { createHash, randomUUID } from 'node:crypto'
import { profileComponents } from '@countersign/client'
import { createContentDigest, type SigningKey, sign } from '@countersign/core'
import type { GivenKey } from '../../../keys/given-key.ts'
import { fieldValues, type RawRequest } from '../../../messages/raw-message.ts'
import { targetMessage } from '../../../messages/target-message.ts'
import { withField } from './edits.ts'

/** What a fresh request is signed with, where it is not the usual. */
export interface FreshOptions {
  readonly created?: number
  /** Unix seconds. */
  readonly expires?: number
  readonly nonce?: string
  readonly label?: string
}

/** Signs requests: correct ones, and such as no library would make. */
export interface Signer {
  readonly key: SigningKey
  readonly given: GivenKey
  readonly origin: string
  /** Unix seconds. */
  now(): number
  /** Signs by the default profile (docs/profile.md). */
  fresh(request: RawRequest, options?: FreshOptions): Promise<RawRequest>
  /** Puts a signature together by hand, of whatever parts it is told. */
  forge(request: RawRequest, shape?: Shape): Promise<RawRequest>
}

/** One line of a signature base. */
export interface CoveredLine {
  /** The identifier as serialized, with its quotation marks and parameters. */
  readonly identifier: string
  readonly value: string
}

/** Each parameter as the text behind its equals sign; undefined leaves it out. */
export type ParameterTexts = Readonly<Record<string, string | undefined>>

/** How a forged signature differs from a correct one. */
export interface Shape {
  readonly lines?: (lines: readonly CoveredLine[]) => readonly CoveredLine[]
  readonly parameters?: (parameters: ParameterTexts) => ParameterTexts
  readonly label?: string
  /** Instead of the key. */
  readonly sign?: (base: string) => Uint8Array | Promise<Uint8Array>
  /** Content-Digest; null leaves the field out. By default the sha-256 of the body. */
  readonly digest?: string | null
  /** What the signature takes the server for. */
  readonly authority?: string
}

/** What a signer is made of. */
export interface SignerParts {
  readonly key: SigningKey
  readonly given: GivenKey
  readonly origin: string
  readonly clock: () => number
  readonly tag: string | undefined
  /** Covered beside the profile. */
  readonly components: readonly string[]
}

/** Makes a signer of a key. */
export function createSigner(parts: SignerParts): Signer {
  const { key, given, origin, clock } = parts
  const now = (): number => Math.floor(clock() / 1000)
  return {
    key,
    given,
    origin,
    now,
    fresh: (request, options = {}) => freshRequest(request, options, { ...parts, now }),
    forge: (request, shape = {}) => forgedRequest(request, shape, { ...parts, now }),
  }
}

type Signing = SignerParts & { readonly now: () => number }

async function freshRequest(request: RawRequest, options: FreshOptions, signing: Signing): Promise<RawRequest> {
  const { key, origin, tag, components, now } = signing
  const created = options.created ?? now()
  const described =
    request.body.length === 0
      ? request
      : withField(request, 'Content-Digest', await createContentDigest(new Uint8Array(request.body), ['sha-256']))
  const has = (name: string): boolean => fieldValues(described.headers, name).length > 0
  const { signatureInput, signature } = await sign(targetMessage(described, origin), key, {
    components: [...new Set([...profileComponents(has, request.body.length > 0), ...components])],
    label: options.label ?? 'sig1',
    parameters: {
      created,
      expires: options.expires ?? created + 60,
      nonce: options.nonce ?? randomUUID(),
      alg: key.algorithm,
      keyid: key.keyId,
      ...(tag === undefined ? {} : { tag }),
    },
  })
  return withField(withField(described, 'Signature-Input', signatureInput), 'Signature', signature)
}

async function forgedRequest(request: RawRequest, shape: Shape, signing: Signing): Promise<RawRequest> {
  const { key, label = 'sig1' } = { ...signing, ...shape }
  const digest = shape.digest === undefined ? digestMember(request.body) : shape.digest
  const described =
    digest === null || request.body.length === 0 ? request : withField(request, 'Content-Digest', digest)
  const lines = (shape.lines ?? same)(profileLines(described, shape.authority ?? authorityOf(signing.origin), signing))
  const input = `(${lines.map((line) => line.identifier).join(' ')})${parametersText((shape.parameters ?? same)(usualParameters(signing)))}`
  const base = [...lines.map(({ identifier, value }) => `${identifier}: ${value}`), `"@signature-params": ${input}`]
  const signBase = shape.sign ?? ((text: string) => key.sign(new Uint8Array(Buffer.from(text, 'utf8'))))
  const signature = Buffer.from(await signBase(base.join('\n'))).toString('base64')
  return withField(withField(described, 'Signature-Input', `${label}=${input}`), 'Signature', `${label}=:${signature}:`)
}

const same = <Value>(value: Value): Value => value

/** What the default profile covers, as lines of a base. */
function profileLines(request: RawRequest, authority: string, { components }: Signing): readonly CoveredLine[] {
  const { method, target, headers, body } = request
  const [path = '/', query = ''] = target.split(/(?=\?)/s, 2)
  const derived: Readonly<Record<string, string>> = {
    '@method': method,
    '@authority': authority,
    '@path': path,
    '@query': query === '' ? '?' : query,
  }
  const has = (name: string): boolean => fieldValues(headers, name).length > 0
  return [...new Set([...profileComponents(has, body.length > 0), ...components])].map((name) => ({
    identifier: `"${name.replaceAll('"', '')}"`,
    value: derived[name] ?? fieldValues(headers, name).join(', '),
  }))
}

function usualParameters({ key, tag, now }: Signing): ParameterTexts {
  const created = now()
  return {
    created: String(created),
    expires: String(created + 60),
    nonce: `"${randomUUID()}"`,
    alg: `"${key.algorithm}"`,
    keyid: `"${key.keyId}"`,
    tag: tag === undefined ? undefined : `"${tag}"`,
  }
}

function parametersText(parameters: ParameterTexts): string {
  return Object.entries(parameters)
    .flatMap(([name, text]) => (text === undefined ? [] : [`;${name}=${text}`]))
    .join('')
}

/** One member of Content-Digest (RFC 9530 2). */
export function digestMember(body: Uint8Array, name: 'sha-256' | 'sha-512' | 'md5' = 'sha-256'): string {
  return `${name}=:${createHash(name.replace('-', '')).update(body).digest('base64')}:`
}

/** What `@authority` says of an origin (RFC 9421 2.2.3): in lower case, without the port that is usual. */
export function authorityOf(origin: string): string {
  return new URL(origin).host
}
