import { createSignedFetch, readProblem, retries } from '@countersign/client'
import { ed25519, importSigningKey } from '@countersign/core'

/** A key that every origin can use. */
export interface PageKey {
  readonly keyId: string
  readonly privateJwk: JsonWebKey
}

/** A payment that a page shall make. */
export interface Payment extends PageKey {
  readonly url: string
  /** What the body is made of. */
  readonly body?: keyof typeof bodies
  /** Of the application's own, which says "send it again". */
  readonly idempotencyKey?: string
  readonly retry?: boolean
}

/** What the page saw of a call. */
export interface Seen {
  readonly status?: number
  /** Of the problem, where the server refused. */
  readonly kind?: string | undefined
  readonly answer?: unknown
  /** The name of what was thrown, and the code of it. */
  readonly error?: string
}

/** Leaves a connection open that the next request uses. */
export async function warmUp(url: string): Promise<number> {
  const response = await fetch(url, { cache: 'no-store' })
  await response.text()
  return response.status
}

const text = JSON.stringify({ to: 'b\u00f6b', amount: 10 })

function formOf(entries: Readonly<Record<string, string | File>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(entries)) form.append(name, value)
  return form
}

/** What a page can send. */
const bodies = {
  text: () => text,
  form: () => formOf({ to: 'b\u00f6b' }),
  'form with a file': () => formOf({ file: new File([new Uint8Array(1000).fill(13)], 'a "name".bin') }),
  parameters: () => new URLSearchParams({ to: 'b\u00f6b +&' }),
  blob: () => new Blob([text], { type: 'text/plain' }),
  'large blob': () => new Blob([new Uint8Array(3_000_000).fill(7)]),
  stream: () => new Blob([text]).stream(),
} satisfies Record<string, () => BodyInit>

/** Pays, as an application does. */
export async function pay({ url, body = 'text', idempotencyKey, retry = false, ...key }: Payment): Promise<Seen> {
  const signedFetch = await signedFetchOf(key, retry)
  const headers = {
    ...(body === 'text' && { 'content-type': 'application/json' }),
    ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
  }
  return see(() => signedFetch(url, { method: 'POST', headers, body: bodies[body]() }))
}

/** Pays with a Request, whose body does not tell what it was made of. */
export async function payWithRequest({ url, ...key }: Payment): Promise<Seen> {
  const signedFetch = await signedFetchOf(key)
  return see(() => signedFetch(new Request(url, { method: 'POST', body: bodies.form() })))
}

/** Asks for something. */
export async function get({ url, ...key }: Payment): Promise<Seen> {
  const signedFetch = await signedFetchOf(key)
  return see(() => signedFetch(url))
}

async function signedFetchOf({ privateJwk, keyId }: PageKey, retry = false): Promise<typeof fetch> {
  return createSignedFetch({
    key: await importSigningKey(ed25519, { jwk: privateJwk }, { keyId }),
    ...(retry && { retry: retries({ minimumDelayMilliseconds: 1, maximumDelayMilliseconds: 10 }) }),
  })
}

async function see(call: () => Promise<Response>): Promise<Seen> {
  try {
    const response = await call()
    const problem = await readProblem(response)
    return { status: response.status, kind: problem?.kind, answer: await response.json() }
  } catch (error) {
    const { name, code } = error as Error & { code?: string }
    return { error: typeof code === 'string' ? `${name}: ${code}` : name }
  }
}
