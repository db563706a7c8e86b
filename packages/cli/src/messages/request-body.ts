import { basename } from 'node:path'
import { failure, usageFailure } from '../failure.ts'
import type { World } from '../world.ts'
import { maxMessageBytes, readInput } from './message-input.ts'

/** What a request body is made of, as curl names it. */
export interface BodyArguments {
  /** Text, `@file`, or `@-`; several are joined with `&`. */
  readonly data?: readonly string[]
  /** `name=text`, or `name=@file`, with `;type=` where the file needs one. */
  readonly form?: readonly string[]
}

/** A body, and the Content-Type that it has where none is given. */
export interface RequestBody {
  readonly body: Uint8Array<ArrayBuffer> | FormData
  /** undefined: the form brings its own, with the boundary. */
  readonly contentType: string | undefined
}

/**
 * Makes the body that the arguments describe.
 *
 * @throws CommandFailure when both kinds are given, or a file cannot be read.
 */
export async function requestBody(body: BodyArguments, world: World): Promise<RequestBody | undefined> {
  const { data = [], form = [] } = body
  if (data.length > 0 && form.length > 0) throw usageFailure('a body is either -d or -F: take one of them')
  if (form.length > 0) return { body: await formOf(form, world), contentType: undefined }
  if (data.length === 0) return undefined
  const parts: Uint8Array[] = []
  for (const text of data) parts.push(await dataOf(text, world, lengthOf(parts)))
  const bytes = new Uint8Array(
    Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [ampersand, part]))),
  )
  return { body: bytes, contentType: guessContentType(bytes) }
}

const ampersand = Buffer.from('&')

/** JSON says what it is; curl takes everything else for a form. */
function guessContentType(bytes: Uint8Array): string {
  const first = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart()[0]
  return first === '{' || first === '[' ? 'application/json' : 'application/x-www-form-urlencoded'
}

async function dataOf(text: string, world: World, before: number): Promise<Uint8Array> {
  if (!text.startsWith('@')) return Buffer.from(text, 'utf8')
  return boundedBy(before, await readInput(text.slice(1), 'the body', world))
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** Several files are one body. */
function boundedBy(before: number, bytes: Uint8Array): Uint8Array {
  if (before + bytes.length <= maxMessageBytes) return bytes
  throw failure('the body has more than 64 MiB: that is what is held here')
}

async function formOf(fields: readonly string[], world: World): Promise<FormData> {
  const form = new FormData()
  let before = 0
  for (const field of fields) {
    const equals = field.indexOf('=')
    if (equals < 1) throw usageFailure('-F takes name=text or name=@file: one of them has no name')
    const [name, value] = [field.slice(0, equals), field.slice(equals + 1)]
    if (!value.startsWith('@')) {
      form.append(name, value)
      continue
    }
    const [, path = '', type = ''] = /^@(.*?)(?:;type=([^;]*))?$/s.exec(value) ?? []
    const bytes = new Uint8Array(boundedBy(before, await readInput(path, 'the file', world)))
    before += bytes.length
    form.append(name, new File([bytes], path === '-' ? 'stdin' : basename(path), { type }))
  }
  return form
}
