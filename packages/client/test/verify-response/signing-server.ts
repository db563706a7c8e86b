import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { ed25519, importVerifyingKey, type VerifyingKey } from '@countersign/core'
import { type LoopbackServer, type SeenRequest, startServer } from '../loopback-server.ts'

/** By way of PEM: Node 20 can hang in the export of a key that it has just generated. */
const pem = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const privateKey = createPrivateKey(pem.privateKey)

/** The key of the server, by this name. */
export async function serverKey(keyId = 'bank'): Promise<VerifyingKey> {
  const jwk = createPublicKey(pem.publicKey).export({ format: 'jwk' }) as JsonWebKey
  return importVerifyingKey(ed25519, { jwk }, { keyId })
}

/** What a server answers, and how it signs: by hand, with node:crypto. */
export interface SignedReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Covered components as they stand in the base. @default what the profile asks for */
  readonly components?: (all: readonly string[]) => readonly string[]
  /** The parameters as text. @default created, alg and keyid */
  readonly parameters?: string
  /** Values that the base has instead of those of the messages. */
  readonly values?: Readonly<Record<string, string>>
  /** Changes what is sent, after it was signed. */
  readonly alter?: (sent: Reply) => Partial<Reply>
}

/** A response as it is sent. */
export interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** The clock of clients and servers in these tests, in Unix seconds. */
export const now = 1_700_000_000

/** Signs a reply to a request as it was seen on the wire. */
export function signReply(seen: SeenRequest, reply: SignedReply = {}): Reply {
  const { status = 200, headers = {}, body = 'paid' } = reply
  const content = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const sent: Record<string, string> = { ...headers }
  if (content.length > 0) {
    sent['content-type'] ??= 'text/plain'
    sent['content-digest'] ??= `sha-256=:${createHash('sha256').update(content).digest('base64')}:`
  }
  const values = valuesOf(seen, { status, headers: sent }, reply.values)
  const all = Object.keys(values)
  const components = reply.components?.(all) ?? all
  const parameters = reply.parameters ?? `;created=${now};alg="ed25519";keyid="bank"`
  const input = `(${components.join(' ')})${parameters}`
  const lines = components.map((component) => `${component}: ${values[component]}`)
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  sent['signature-input'] = `sig1=${input}`
  sent['signature'] = `sig1=:${sign(null, Buffer.from(base), privateKey).toString('base64')}:`
  const signed = { status, headers: sent, body: content }
  return { ...signed, ...reply.alter?.(signed) }
}

function valuesOf(
  seen: SeenRequest,
  sent: Omit<Reply, 'body'>,
  values: SignedReply['values'] = {},
): Record<string, string> {
  const [path = '', query = ''] = seen.target.split('?')
  const present = ['content-digest', 'content-type', 'content-encoding', 'location', 'etag']
  const own = present.filter((name) => name in sent.headers).map((name) => [`"${name}"`, sent.headers[name]])
  const digest = seen.headers['content-digest']
  return {
    '"@status"': String(sent.status),
    ...Object.fromEntries(own),
    '"@method";req': seen.method,
    '"@authority";req': seen.headers['host']!,
    '"@path";req': path,
    '"@query";req': `?${query}`,
    '"signature-input";req': seen.headers['signature-input']!,
    ...(digest === undefined ? {} : { '"content-digest";req': digest }),
    ...values,
  }
}

/** Sends a reply. */
export function sendReply(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers).end(body.length === 0 ? undefined : body)
}

/** A server that signs its answers. */
export function startSigningServer(reply: SignedReply | ((seen: SeenRequest) => SignedReply)): Promise<LoopbackServer> {
  return startServer((seen, response) => {
    sendReply(response, signReply(seen, typeof reply === 'function' ? reply(seen) : reply))
  })
}
