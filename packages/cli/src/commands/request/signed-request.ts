import { signRequest } from '@countersign/client'
import type { FieldLine } from '@countersign/core'
import { failureOf, reasonOf, usageFailure } from '../../failure.ts'
import { type KeyOptions, readSigningKey } from '../../keys/given-key.ts'
import type { RawRequest } from '../../messages/raw-message.ts'
import { requestBody } from '../../messages/request-body.ts'
import { digestName, wholeSeconds } from '../../messages/signing-options.ts'
import type { World } from '../../world.ts'

/** What is signed, and how. */
export interface SigningOptions extends KeyOptions {
  readonly data?: readonly string[]
  readonly form?: readonly string[]
  readonly header?: readonly string[]
  readonly component?: readonly string[]
  readonly tag?: string
  readonly digest: string
  readonly expires: string
}

/** A request that is ready to be sent, once. */
export interface PreparedRequest {
  readonly url: string
  readonly wire: RawRequest
  /** The text that was signed. */
  readonly base: string
}

/**
 * Makes and signs a request.
 *
 * @throws CommandFailure when an argument or the key is wrong.
 */
export async function signedRequest(
  [method, url]: readonly [string, string],
  options: SigningOptions,
  world: World,
): Promise<PreparedRequest> {
  const digest = digestName(options.digest)
  const expiresAfterSeconds = wholeSeconds('--expires', options.expires)
  const unsigned = await unsignedRequest([method, url], options, world)
  const key = await readSigningKey(options, world)
  try {
    const signed = await signRequest(unsigned, {
      key,
      digestAlgorithms: [digest],
      clock: world.clock,
      expiresAfterSeconds: expiresAfterSeconds === 0 ? false : expiresAfterSeconds,
      ...(options.component === undefined ? {} : { components: options.component }),
      ...(options.tag === undefined ? {} : { tag: options.tag }),
    })
    return { url: signed.request.url, wire: await wireOf(signed.request), base: signed.base }
  } catch (error) {
    throw failureOf('the request cannot be signed', error)
  }
}

async function unsignedRequest(
  [method, url]: readonly [string, string],
  options: SigningOptions,
  world: World,
): Promise<Request> {
  const body = await requestBody(options, world)
  if (body !== undefined && /^(?:GET|HEAD)$/i.test(method))
    throw usageFailure(`${method} has no body: leave out -d and -F`)
  if (!/^https?:\/\//i.test(url))
    throw usageFailure(`"${url.slice(0, 80)}" is no absolute URL: it begins with https://`)
  try {
    const headers = new Headers(options.header?.map(headerLine))
    if (body?.contentType !== undefined && !headers.has('content-type')) headers.set('content-type', body.contentType)
    return new Request(url, { method, headers, ...(body === undefined ? {} : { body: body.body }) })
  } catch (error) {
    throw usageFailure(`this is no request: ${reasonOf(error)}`)
  }
}

function headerLine(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw usageFailure(`-H takes "Name: value", and "${line.slice(0, 40)}" has no colon`)
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

async function wireOf(request: Request): Promise<RawRequest> {
  const { host } = new URL(request.url)
  // The URL as it is, without its fragment: nothing is encoded again.
  const target = /^https?:\/\/[^/?#]+([^#]*)/i.exec(request.url)?.[1] ?? '/'
  const fields = [...request.headers].map(([name, value]): FieldLine => [fieldName(name), value])
  return {
    kind: 'request',
    method: request.method,
    target,
    headers: [['Host', host], ...fields],
    body: new Uint8Array(await request.arrayBuffer()),
  }
}

/** As people write it: Content-Type. */
function fieldName(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_all, dash: string, letter: string) => dash + letter.toUpperCase())
}
