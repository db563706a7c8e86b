import { signRequest } from '@countersign/client'
import type { FieldLine } from '@countersign/core'
import { failureOf, reasonOf, usageFailure } from '../../failure.ts'
import { readInput } from '../../input.ts'
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
  checkUrl(url)
  const lines = await Promise.all((options.header ?? []).map((line) => headerLines(line, world)))
  try {
    const headers = new Headers(lines.flat())
    if (body?.contentType !== undefined && !headers.has('content-type')) headers.set('content-type', body.contentType)
    return new Request(url, { method, headers, ...(body === undefined ? {} : { body: body.body }) })
  } catch (error) {
    throw usageFailure(`this is no request: ${reasonOf(error)}`)
  }
}

function checkUrl(url: string): void {
  // Nothing of it is quoted: there may be a password in it.
  if (/^https?:\/\/[^/?#]*@/i.test(url))
    throw usageFailure('a URL with a password in it is not taken: put it into a file, -H @FILE')
  if (!/^https?:\/\//i.test(url))
    throw usageFailure(`"${url.slice(0, 80)}" is no absolute URL: it begins with https://`)
}

/** What is written here and nowhere else: the host from the URL, the length from the body. */
const ownFields = new Set(['host', 'content-length', 'transfer-encoding', 'connection'])

/** `Name: value`, or `@file` with a line for each: secrets do not belong on the command line. */
async function headerLines(argument: string, world: World): Promise<readonly [string, string][]> {
  if (!argument.startsWith('@')) return [headerLine(argument)]
  const limits = { what: 'the header file', maxBytes: 65_536 }
  const text = (await readInput(argument.slice(1), limits, world)).toString('utf8')
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line, index) => headerLine(line, `line ${index + 1} of ${argument.slice(1)}`))
}

function headerLine(line: string, place = `"${line.slice(0, 40)}"`): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw usageFailure(`-H takes "Name: value", and ${place} has no colon`)
  const name = line.slice(0, colon).trim()
  if (ownFields.has(name.toLowerCase()))
    throw usageFailure(`-H ${name} is not taken: it follows from the URL and the body`)
  return [name, line.slice(colon + 1).trim()]
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
