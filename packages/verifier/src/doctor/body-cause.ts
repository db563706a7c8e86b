import {
  type Bytes,
  combinedValue,
  encodeUtf8,
  isSignatureError,
  type RequestMessage,
  verifyContentDigest,
} from '@countersign/core'
import type { Cause } from './diagnosis.ts'

/** One thing that may have happened to a body. */
interface BodyReading {
  readonly what: string
  readonly cure: string
  readonly make: () => Bytes | Promise<Bytes>
}

const parsed = 'Verify before any body parser, and let the proxy pass the bytes on as they are.'

/** Says what happened to a body that has not the digest that was stated; undefined where it has. */
export async function bodyCause(message: RequestMessage, body: Bytes): Promise<Cause | undefined> {
  const field = combinedValue(message.headers, 'content-digest')
  if (field === undefined) return body.length === 0 ? undefined : missingDigest
  try {
    await verifyContentDigest(field, body)
    return undefined
  } catch (error) {
    if (!isSignatureError(error)) throw error
    if (error.code !== 'digest_mismatch') {
      return { cause: 'body', finding: error.message, cure: 'Send sha-256=:…: in Content-Digest.', proven: true }
    }
  }
  for (const { what, cure, make } of bodyReadings(message, body)) {
    if (await hasDigest(field, make)) return { cause: 'body', finding: what, cure, proven: true }
  }
  const length = message.headers.get('content-length')?.[0]
  const lengths = `${body.length} bytes arrived, and Content-Length says ${length ?? 'nothing'}.`
  const finding = `The body is not the one whose digest was sent, and nothing that is tried here makes it so. ${lengths}`
  return { cause: 'body', finding, cure: parsed, proven: false }
}

const missingDigest: Cause = {
  cause: 'body',
  finding: 'The request has a body and no Content-Digest.',
  cure: 'Let the client send and cover Content-Digest.',
  proven: true,
}

async function hasDigest(field: string, make: BodyReading['make']): Promise<boolean> {
  try {
    await verifyContentDigest(field, await make())
    return true
  } catch {
    // No JSON, not compressed, or another digest.
    return false
  }
}

function bodyReadings(message: RequestMessage, body: Bytes): readonly BodyReading[] {
  const text = new TextDecoder().decode(body)
  const json = (indent?: string | number): (() => Bytes) => {
    return () => encodeUtf8(JSON.stringify(JSON.parse(text), undefined, indent))
  }
  const reserialized = 'Something parsed the JSON of the body and wrote it anew; the signer had'
  const decompression = combinedValue(message.headers, 'content-encoding') ?? 'gzip'
  return [
    { what: `${reserialized} it without spaces.`, cure: parsed, make: json() },
    ...[2, 4, '\t'].map((indent) => ({ what: `${reserialized} it indented.`, cure: parsed, make: json(indent) })),
    { what: `${reserialized} spaces behind commas and colons.`, cure: parsed, make: () => spacedJson(text) },
    ...lineEndings(text),
    { what: 'The body was lost on the way: the signer had none.', cure: parsed, make: () => new Uint8Array(0) },
    ...['gzip', 'deflate'].map((format) => ({
      what: `The body arrived compressed (${decompression}), and the digest is of what was compressed.`,
      cure: 'Digest the bytes that go over the wire, after compression; or let nothing compress them on the way.',
      make: () => decompressed(body, format as CompressionFormat),
    })),
  ]
}

function lineEndings(text: string): readonly BodyReading[] {
  const variants: readonly (readonly [what: string, text: string])[] = [
    ['A line break at the end was added.', text.replace(/\r?\n$/, '')],
    ['A line break at the end was cut off.', `${text}\n`],
    ['Line breaks were changed from LF to CRLF.', text.replaceAll('\r\n', '\n')],
    ['Line breaks were changed from CRLF to LF.', text.replace(/\r?\n/g, '\r\n')],
    ['White space around the body was cut off or added.', text.trim()],
    ['A byte order mark was cut off.', `\ufeff${text}`],
  ]
  return variants.map(([what, changed]) => ({ what, cure: parsed, make: () => encodeUtf8(changed) }))
}

/** As Python writes it. */
function spacedJson(text: string): Bytes {
  return encodeUtf8(spaced(JSON.parse(text)))
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${spaced(member)}`)
    .join(', ')}}`
}

/** Bytes. What grows beyond is no honest body of a trial. */
const maxDecompressedBytes = 16_777_216

async function decompressed(body: Bytes, format: CompressionFormat): Promise<Bytes> {
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream(format))
  const reader = stream.getReader()
  const chunks: Bytes[] = []
  let length = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > maxDecompressedBytes) {
      await reader.cancel()
      throw new TypeError('too large')
    }
    chunks.push(new Uint8Array(read.value))
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
