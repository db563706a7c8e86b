import { randomUUID } from 'node:crypto'
import { alice } from './keys.ts'
import { addField, field, type HeaderLine, type RawRequest } from './raw-request.ts'
import {
  type CoveredLine,
  digestMember,
  type ParameterTexts,
  type RawKey,
  type RawSignature,
  signatureInputText,
  signatureText,
  signLines,
} from './raw-signer.ts'

/** The origin that every target has, unless a test says otherwise. */
export const bankOrigin = 'https://bank.example'

/** What a request looks like, and how it is signed: a valid one by default, and abnormal where a test asks for it. */
export interface Shape {
  /** @default 'POST' */
  readonly method?: string
  /** @default '/transfer?amount=10' */
  readonly target?: string
  /** What the signer takes for `@authority`. @default 'bank.example' */
  readonly authority?: string
  /** @default '{"amount":10}' for POST, PUT and PATCH */
  readonly body?: string | Buffer | null
  /** Fields beside Host. They replace the default Content-Type and Content-Digest. */
  readonly headers?: readonly HeaderLine[]
  /** Fields that are covered beside those of the default profile. */
  readonly cover?: readonly string[]
  /** @default alice */
  readonly key?: RawKey
  /** @default 'sig1' */
  readonly label?: string
  /** Changes single parameters: the text behind the equals sign, or undefined to leave it out. */
  readonly parameters?: ParameterTexts
  /** Changes what is covered and the values that are signed. */
  readonly lines?: (lines: readonly CoveredLine[]) => readonly CoveredLine[]
  /** Seconds since the clock of the server said `created`. @default 0 */
  readonly age?: number
  /** @default a fresh one */
  readonly nonce?: string
  /** @default 'length' */
  readonly framing?: RawRequest['framing']
}

/** A request without a body. */
export const getShape: Shape = { method: 'GET', target: '/balance?of=alice' }

/** A nonce that was never used. */
export function freshNonce(): string {
  return randomUUID()
}

/**
 * Makes a signed request.
 *
 * @param now the clock of the server, in Unix seconds.
 */
export function signedRequest(now: number, shape: Shape = {}): RawRequest {
  const request = unsignedRequest(shape)
  return attachSignatures(request, [signatureFor(request, now, shape)])
}

/** The same request without its signature. */
export function unsignedRequest(shape: Shape = {}): RawRequest {
  const { method = 'POST', target = '/transfer?amount=10', headers = [] } = shape
  const defaultBody = /^P/.test(method) ? '{"amount":10}' : null
  const content = shape.body === undefined ? defaultBody : shape.body
  const body = content === null ? undefined : Buffer.from(content)
  const contentFields: readonly HeaderLine[] =
    body === undefined
      ? []
      : [
          ['Content-Type', 'application/json'],
          ['Content-Digest', digestMember(body)],
        ]
  const given = new Set(headers.map(([name]) => name.toLowerCase()))
  const missing = contentFields.filter(([name]) => !given.has(name.toLowerCase()))
  const framing = shape.framing === undefined ? {} : { framing: shape.framing }
  return { method, target, headers: [['Host', 'bank.example'], ...missing, ...headers], body, ...framing }
}

/** Signs a request, which stays as it is. */
export function signatureFor(request: RawRequest, now: number, shape: Shape = {}): RawSignature {
  const { key = alice, label = 'sig1', lines = (all) => all, nonce = freshNonce() } = shape
  const parameters = {
    created: String(now - (shape.age ?? 0)),
    nonce: `"${nonce}"`,
    alg: `"${key.algorithm}"`,
    keyid: `"${key.keyId}"`,
    ...shape.parameters,
  }
  return signLines(key, label, { lines: lines(defaultLines(request, shape)), parameters })
}

/** Adds the two fields that carry signatures. */
export function attachSignatures(request: RawRequest, signatures: readonly RawSignature[]): RawRequest {
  const withInput = addField(request, 'Signature-Input', signatureInputText(signatures))
  return addField(withInput, 'Signature', signatureText(signatures))
}

/** A line for a field as it stands in the request. */
export function fieldLine(request: RawRequest, name: string): CoveredLine {
  return { identifier: `"${name}"`, value: (field(request, name) ?? '').trim() }
}

const coveredWhenPresent = ['content-digest', 'content-type', 'content-encoding', 'authorization', 'idempotency-key']

/** What the default profile covers. */
function defaultLines(request: RawRequest, shape: Shape): readonly CoveredLine[] {
  const { authority = 'bank.example', cover = [] } = shape
  const question = request.target.indexOf('?')
  const path = question === -1 ? request.target : request.target.slice(0, question)
  const query = question === -1 ? '?' : request.target.slice(question)
  const fields = [...coveredWhenPresent.filter((name) => field(request, name) !== undefined), ...cover]
  return [
    { identifier: '"@method"', value: request.method },
    { identifier: '"@authority"', value: authority },
    { identifier: '"@path"', value: path },
    { identifier: '"@query"', value: query },
    ...fields.map((name) => fieldLine(request, name)),
  ]
}
