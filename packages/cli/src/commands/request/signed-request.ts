import { signRequest } from '@countersign/client'
import type { FieldLine } from '@countersign/core'
import { failureOf, usageFailure } from '../../failure.ts'
import { type KeyOptions, readSigningKey } from '../../keys/given-key.ts'
import { componentsNamed } from '../../messages/component-identifier.ts'
import { maxMessageBytes } from '../../messages/message-input.ts'
import type { RawRequest } from '../../messages/raw-message.ts'
import { requestBody } from '../../messages/request-body.ts'
import { checkSignatureNames, digestName, wholeSeconds } from '../../messages/signing-options.ts'
import { framedRequest } from '../../sending/send-request.ts'
import type { World } from '../../world.ts'
import { type HeaderArguments, headerArguments } from './header-arguments.ts'

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
  /** As it is sent, byte for byte. */
  readonly wire: RawRequest
  /** The text that was signed. */
  readonly base: string
  /** Files that hold credentials, and the lower-case names of all of their lines. */
  readonly secretFiles: HeaderArguments['secretFiles']
}

/** The lines between the parts of a form come on top of what was read: 1 MiB is more than enough. */
const maxSentBytes = maxMessageBytes + 1_048_576

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
  checkSignatureNames(options)
  const components = componentsNamed('--component', options.component)
  checkMethod(method)
  checkUrl(url)
  const { request, secretFiles } = await unsignedRequest([method, url], options, world)
  const key = await readSigningKey(options, world)
  try {
    const signed = await signRequest(request, {
      key,
      digestAlgorithms: [digest],
      clock: world.clock,
      expiresAfterSeconds: expiresAfterSeconds === 0 ? false : expiresAfterSeconds,
      components,
      maxStreamBytes: maxSentBytes,
      ...(options.tag === undefined ? {} : { tag: options.tag }),
    })
    const wire = framedRequest(await wireOf(signed.request))
    return { url: signed.request.url, wire, base: signed.base, secretFiles }
  } catch (error) {
    throw failureOf('the request cannot be signed', error)
  }
}

async function unsignedRequest(
  [method, url]: readonly [string, string],
  options: SigningOptions,
  world: World,
): Promise<{ request: Request; secretFiles: HeaderArguments['secretFiles'] }> {
  const body = await requestBody(options, world)
  if (body !== undefined && /^(?:GET|HEAD)$/i.test(method))
    throw usageFailure(`${method} has no body: leave out -d and -F`)
  const { lines, omitted, secretFiles } = await headerArguments(options.header ?? [], world)
  const headers = new Headers(lines.map(([name, value]): [string, string] => [name, value]))
  const isSaid = headers.has('content-type') || omitted.has('content-type')
  if (body?.contentType !== undefined && !isSaid) headers.set('content-type', body.contentType)
  try {
    return { request: new Request(url, { method, headers, ...(body && { body: body.body }) }), secretFiles }
  } catch (error) {
    // What it says quotes the URL.
    throw failureOf('this request cannot be made', error)
  }
}

function checkMethod(method: string): void {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method))
    throw usageFailure('the method is one word, as in GET (RFC 9110 9.1)')
  // They change what a connection is for (RFC 9110 9.3.6, 9.3.8), and fetch knows neither.
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(method)) throw usageFailure(`${method.toUpperCase()} cannot be sent from here`)
}

/** Nothing of a URL is quoted: there may be a password in it, or a token. */
function checkUrl(url: string): void {
  if (/^(?:https?:\/\/)?[^/?#]*@/i.test(url))
    throw usageFailure('a URL with a password in it is not taken: put it into a file, -H @FILE')
  if (!/^https?:\/\//i.test(url)) throw usageFailure('this is no absolute URL: it begins with https:// or http://')
  if (!URL.canParse(url)) throw usageFailure('this is no URL: look at its host and its port')
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
