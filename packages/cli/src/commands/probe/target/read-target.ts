import { type FieldLine, importSigningKey } from '@countersign/core'
import { failureOf, usageFailure } from '../../../failure.ts'
import { type KeyOptions, readKey } from '../../../keys/given-key.ts'
import { keyVariable } from '../../../keys/key-text.ts'
import { parseCurlCommand } from '../../../messages/curl/curl-arguments.ts'
import { readHarEntry } from '../../../messages/har-entry.ts'
import { readInput } from '../../../messages/message-input.ts'
import { fieldValues, type RawRequest } from '../../../messages/raw-message.ts'
import { requestBody } from '../../../messages/request-body.ts'
import { packageVersion } from '../../../version.ts'
import type { World } from '../../../world.ts'
import { addedField, withBody, withField, withoutFields } from '../signing/edits.ts'
import { createSigner, type Signer } from '../signing/signer.ts'
import { isCredential } from './facts.ts'

/** Where the request comes from, and what it is signed with. */
export interface SourceOptions extends Omit<KeyOptions, 'key'> {
  /** false: `--no-key`. */
  readonly key?: string | false
  readonly har?: string
  readonly entry?: string
  readonly curl?: string
  readonly data?: readonly string[]
  readonly header?: readonly string[]
  readonly component?: readonly string[]
  readonly tag?: string
  readonly secondKey?: string
}

/** A request, and where it goes. */
export interface GivenRequest {
  readonly url: URL
  readonly request: RawRequest
}

/** What names the tool to whoever reads the log of a server. */
export const userAgent: string = `countersign-probe/${packageVersion()}`

/**
 * Reads the request from a HAR file, a curl command, or the arguments.
 *
 * @throws CommandFailure when it is given in two ways, or in none.
 */
export async function readGivenRequest(
  args: readonly string[],
  options: SourceOptions,
  world: World,
): Promise<GivenRequest> {
  const ways = [options.har, options.curl, args[0]].filter((way) => way !== undefined)
  if (ways.length !== 1) throw usageFailure('say what to send in one way: METHOD URL, --har FILE, or --curl FILE')
  const { url, request } = await readSource(args, options, world)
  const parsed = urlOf(url)
  return { url: parsed, request: framed(parsed, hasKey(options, world) ? unsigned(request) : request) }
}

async function readSource(
  args: readonly string[],
  options: SourceOptions,
  world: World,
): Promise<{ readonly url: string; readonly request: RawRequest }> {
  if (options.har === undefined && options.curl === undefined) return fromArguments(args, options, world)
  if (options.data !== undefined) throw usageFailure('-d is for METHOD URL: a HAR file or curl command has its body')
  const text = Buffer.from(await readInput(options.har ?? options.curl ?? '', 'the request', world)).toString('utf8')
  const { url, request } =
    options.har === undefined ? await parseCurlCommand(text, world) : readHarEntry(text, entryOf(options.entry))
  return { url, request: withHeaders(request, await readHeaders(options.header, world)) }
}

function entryOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw usageFailure('--entry takes a number: 0 is the first entry')
}

async function fromArguments(
  [method, url]: readonly string[],
  options: SourceOptions,
  world: World,
): Promise<{ readonly url: string; readonly request: RawRequest }> {
  if (method === undefined || url === undefined)
    throw usageFailure('probe takes a method and a URL: probe POST https://…')
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) throw usageFailure(`"${method.slice(0, 40)}" is no method`)
  const made = await requestBody({ data: options.data ?? [] }, world)
  const body = made?.body instanceof Uint8Array ? made.body : new Uint8Array()
  const found = /^https?:\/\/[^/?#]+([^#]*)/i.exec(url)
  if (found === null) throw usageFailure(`"${url.slice(0, 80)}" is no absolute URL: it begins with http:// or https://`)
  const rest = found[1] as string
  const bare: RawRequest = {
    kind: 'request',
    method,
    target: rest.startsWith('/') ? rest : `/${rest}`,
    headers: [],
    body,
  }
  const request = withHeaders(bare, await readHeaders(options.header, world))
  const needsType = made?.contentType !== undefined && fieldValues(request.headers, 'content-type').length === 0
  return { url, request: needsType ? addedField(request, 'Content-Type', made?.contentType ?? '') : request }
}

function withHeaders(request: RawRequest, lines: readonly FieldLine[]): RawRequest {
  return lines.reduce((before, [name, value]) => withField(before, name, value), request)
}

/** `Name: value`, or `@file` with a line for each: secrets do not belong on the command line. */
async function readHeaders(given: readonly string[] = [], world: World): Promise<readonly FieldLine[]> {
  const lines: FieldLine[] = []
  for (const text of given) {
    if (text.startsWith('@')) {
      const content = (await readInput(text.slice(1), 'the header file', world)).toString('utf8')
      lines.push(
        ...content
          .split(/\r?\n/)
          .filter((line) => line.trim() !== '')
          .map(headerLine),
      )
      continue
    }
    const line = headerLine(text)
    lines.push(line)
    if (isCredential(line[0])) {
      world.stderr.write(
        `warning: others on this machine can read ${line[0]} on the command line: put it into a file, -H @FILE\n`,
      )
    }
  }
  return lines
}

function headerLine(line: string): FieldLine {
  const [, name, value = ''] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*?)[ \t]*$/.exec(line) ?? []
  // What has no colon may be a secret.
  if (name === undefined) throw usageFailure('-H takes "Name: value", or @file with such lines')
  return [name, value]
}

function urlOf(text: string): URL {
  try {
    return new URL(text)
  } catch (error) {
    throw failureOf('the URL cannot be read', error)
  }
}

/** Whether the probe can sign by itself. */
export function hasKey({ key }: SourceOptions, { env }: World): boolean {
  const held = env[keyVariable]
  return key !== false && (key !== undefined || (held !== undefined && held !== ''))
}

/** What is signed anew brings its own fields. */
function unsigned(request: RawRequest): RawRequest {
  return withoutFields(request, 'Signature', 'Signature-Input', 'Content-Digest')
}

/** With the fields that a connection needs, and without those of another. */
function framed(url: URL, request: RawRequest): RawRequest {
  const bare = withoutFields(
    request,
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Expect',
    'TE',
    'Upgrade',
    'Trailer',
  )
  const hosted =
    fieldValues(bare.headers, 'host').length > 0
      ? bare
      : { ...bare, headers: [['Host', url.host] as const, ...bare.headers] }
  const isSigned = fieldValues(hosted.headers, 'signature-input').some((value) => value.includes('"user-agent"'))
  return withBody(isSigned ? hosted : withField(hosted, 'User-Agent', userAgent), request.body)
}

/** Signers for the keys that were given: one, two, or none. */
export interface Signers {
  readonly signer: Signer | undefined
  readonly secondSigner: Signer | undefined
}

/** Reads the keys. @throws CommandFailure when one is unfit. */
export async function readSigners(options: SourceOptions, origin: string, world: World): Promise<Signers> {
  const make = async (keyOptions: KeyOptions): Promise<Signer> => {
    const given = await readKey(keyOptions, world)
    const key = await importSigningKey(given.algorithm, given.source, { keyId: given.keyId }).catch(
      (error: unknown) => {
        throw failureOf('the key is unfit', error)
      },
    )
    return createSigner({
      key,
      given,
      origin,
      clock: world.clock,
      tag: options.tag,
      components: options.component ?? [],
    })
  }
  const keyed = hasKey(options, world)
  if (options.secondKey !== undefined && !keyed) throw usageFailure('--second-key needs --key too')
  return {
    signer: keyed ? await make(keyOptionsOf(options)) : undefined,
    secondSigner: options.secondKey === undefined ? undefined : await make({ key: options.secondKey }),
  }
}

function keyOptionsOf({ key, keyId, algorithm }: SourceOptions): KeyOptions {
  return {
    ...(typeof key === 'string' ? { key } : {}),
    ...(keyId === undefined ? {} : { keyId }),
    ...(algorithm === undefined ? {} : { algorithm }),
  }
}
