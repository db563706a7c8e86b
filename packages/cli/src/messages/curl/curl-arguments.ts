import type { FieldLine } from '@countersign/core'
import { usageFailure } from '../../failure.ts'
import type { World } from '../../world.ts'
import { readInput } from '../message-input.ts'
import { fieldValues, type RawRequest } from '../raw-message.ts'
import { ignoredFlags, ignoredOptions, optionLetters } from './curl-options.ts'
import { shellWords } from './curl-words.ts'

/** A request as a curl command describes it. */
export interface CurlRequest {
  /** The absolute URL. */
  readonly url: string
  readonly request: RawRequest
}

/** What the options of a command have said so far. */
interface Reading {
  method: string | undefined
  readonly urls: string[]
  readonly headers: FieldLine[]
  /** Fields that curl shall leave out: `-H "Accept:"`. */
  readonly dropped: Set<string>
  readonly data: Uint8Array[]
  get: boolean
  json: boolean
  /** Standard input, where a pipe is written before the command. */
  readonly piped: Uint8Array | undefined
}

type Take = (reading: Reading, value: string, world: World) => Promise<void> | void

/** Options with a value that say something of the request. */
const valued: Readonly<Record<string, Take>> = {
  request: (reading, value) => {
    reading.method = value
  },
  header: (reading, value) => addHeader(reading, value),
  data: (reading, value, world) => addData(reading, value, { world, files: true, strips: true }),
  'data-ascii': (reading, value, world) => addData(reading, value, { world, files: true, strips: true }),
  'data-binary': (reading, value, world) => addData(reading, value, { world, files: true, strips: false }),
  'data-raw': (reading, value, world) => addData(reading, value, { world, files: false, strips: false }),
  'data-urlencode': addEncoded,
  json: async (reading, value, world) => {
    reading.json = true
    await addData(reading, value, { world, files: true, strips: false })
  },
  user: (reading, value) => addUser(reading, value),
  'oauth2-bearer': (reading, value) => void reading.headers.push(['Authorization', `Bearer ${value}`]),
  cookie: (reading, value) => {
    if (!value.includes('=')) throw usageFailure('-b with a file of cookies is not read: write name=value')
    reading.headers.push(['Cookie', value])
  },
  'user-agent': (reading, value) => void reading.headers.push(['User-Agent', value]),
  referer: (reading, value) => void reading.headers.push(['Referer', value]),
  url: (reading, value) => void reading.urls.push(value),
}

/** Options without a value that say something of the request. */
const flags: Readonly<Record<string, (reading: Reading) => void>> = {
  get: (reading) => {
    reading.get = true
  },
  head: (reading) => {
    reading.method = 'HEAD'
  },
  compressed: (reading) => void reading.headers.push(['Accept-Encoding', 'deflate, gzip, br']),
}

/**
 * Reads a curl command: what browsers copy, what documentation shows, and what this program prints.
 *
 * @throws CommandFailure for a command of another kind, and for an option that would send something that is not known here.
 */
export async function parseCurlCommand(text: string, world: World): Promise<CurlRequest> {
  const { command, piped } = splitPipe(text.trim().replace(/^\$\s+/, ''))
  const [program, ...words] = shellWords(command)
  if (program === undefined || !/(?:^|\/)curl(?:\.exe)?$/.test(program)) {
    throw usageFailure('this is no curl command: it does not begin with curl')
  }
  const reading: Reading = {
    method: undefined,
    urls: [],
    headers: [],
    dropped: new Set(),
    data: [],
    get: false,
    json: false,
    piped,
  }
  await readWords(reading, words, world)
  return requestOf(reading)
}

/** A body that is no text stands before the command, as this program prints it. */
function splitPipe(text: string): { readonly command: string; readonly piped: Uint8Array | undefined } {
  const found = /^printf %s ([A-Za-z0-9+/=]+) \| base64 (?:-d|--decode) \| /.exec(text)
  if (found === null) return { command: text, piped: undefined }
  return { command: text.slice(found[0].length), piped: Buffer.from(found[1] as string, 'base64') }
}

async function readWords(reading: Reading, words: readonly string[], world: World): Promise<void> {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as string
    if (word === '--') continue
    if (!word.startsWith('-') || word === '-') {
      reading.urls.push(word)
      continue
    }
    for (const { name, value } of optionsOf(word)) {
      if (flags[name] !== undefined) flags[name](reading)
      else if (takesValue(name)) {
        const given = value ?? valueAfter(words, ++index, name)
        await valued[name]?.(reading, given, world)
      } else if (!ignoredFlags.has(name)) throw unknownOption(name)
    }
  }
}

function takesValue(name: string): boolean {
  return valued[name] !== undefined || ignoredOptions.has(name)
}

function unknownOption(name: string): Error {
  if (name === 'form' || name === 'F')
    return usageFailure('a curl command with -F is not read: save the request as a HAR file')
  return usageFailure(
    `the option ${name.length === 1 ? '-' : '--'}${name.slice(0, 40)} of curl is not known here: leave it out, or save the request as a HAR file`,
  )
}

interface Option {
  readonly name: string
  readonly value: string | undefined
}

/** `--name`, `-X`, `-XPOST`, `-sSL`. */
function optionsOf(word: string): readonly Option[] {
  if (word.startsWith('--')) return [{ name: word.slice(2), value: undefined }]
  const found: Option[] = []
  for (let position = 1; position < word.length; position += 1) {
    const letter = word[position] as string
    const name = optionLetters[letter] ?? letter
    const rest = word.slice(position + 1)
    if (takesValue(name)) return [...found, { name, value: rest === '' ? undefined : rest }]
    found.push({ name, value: undefined })
  }
  return found
}

function valueAfter(words: readonly string[], index: number, name: string): string {
  const value = words[index]
  if (value === undefined) throw usageFailure(`--${name} of the curl command has no value`)
  return value
}

function addHeader(reading: Reading, line: string): void {
  if (line.startsWith('@')) throw usageFailure('-H @file of the curl command is not read: write the fields in')
  const [, name = '', mark = '', value = ''] = /^([^:;]+)([:;])(.*)$/s.exec(line) ?? []
  if (name === '') throw usageFailure('-H of the curl command is not "Name: value"')
  if (/[\r\n\0]/.test(line)) throw usageFailure(`the field ${name} of the curl command has a line break`)
  if (mark === ':' && value.trim() === '') reading.dropped.add(name.toLowerCase())
  // "Name;" is an empty field.
  else reading.headers.push([name.trim(), mark === ';' ? '' : value.trim()])
}

/** curl asks for the password at the terminal, where it is not there. */
function addUser(reading: Reading, value: string): void {
  if (!value.includes(':')) throw usageFailure('-u of the curl command has no password')
  reading.headers.push(['Authorization', `Basic ${Buffer.from(value).toString('base64')}`])
}

interface DataOptions {
  readonly world: World
  /** `@name` is a file. */
  readonly files: boolean
  /** A file loses its line breaks. */
  readonly strips: boolean
}

async function addData(reading: Reading, value: string, { world, files, strips }: DataOptions): Promise<void> {
  if (!files || !value.startsWith('@')) return void reading.data.push(Buffer.from(value))
  const isPiped = value === '@-' && reading.piped !== undefined
  const bytes = isPiped ? reading.piped : await readInput(value.slice(1), 'the body of the curl command', world)
  reading.data.push(strips ? Buffer.from(bytes).filter((byte) => ![0x0a, 0x0d, 0].includes(byte)) : bytes)
}

function addEncoded(reading: Reading, value: string): void {
  const [, name = '', content = ''] = /^([^=@]*)=(.*)$/s.exec(value) ?? [undefined, '', value]
  if (/^[^=]*@/.test(value)) throw usageFailure('--data-urlencode with a file is not read: write the text in')
  const encoded = encodeURIComponent(content)
  reading.data.push(Buffer.from(name === '' ? encoded : `${name}=${encoded}`))
}

function requestOf(reading: Reading): CurlRequest {
  const [url, ...others] = reading.urls
  if (url === undefined || others.length > 0) throw usageFailure('the curl command must have one URL')
  const separator = Buffer.from('&')
  const data = reading.json
    ? reading.data
    : reading.data.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))
  const body = Buffer.concat(data)
  const hasData = reading.data.length > 0
  const absolute = withQuery(
    /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`,
    reading.get ? body.toString('utf8') : '',
  )
  const found = /^https?:\/\/[^/?#]+([^#]*)/i.exec(absolute)
  if (found === null) throw usageFailure('the URL of the curl command is neither http nor https')
  const rest = found[1] as string
  return {
    url: absolute,
    request: {
      kind: 'request',
      method: reading.method ?? (hasData && !reading.get ? 'POST' : 'GET'),
      target: rest.startsWith('/') ? rest : `/${rest}`,
      headers: withDefaults(reading, hasData && !reading.get),
      body: reading.get ? new Uint8Array() : body,
    },
  }
}

function withQuery(url: string, query: string): string {
  if (query === '') return url
  const bare = url.replace(/#.*$/s, '')
  return `${bare}${bare.includes('?') ? '&' : '?'}${query}`
}

/** What curl adds by itself, as far as a server acts on it. */
function withDefaults({ headers, dropped, json }: Reading, hasBody: boolean): readonly FieldLine[] {
  const type = json ? 'application/json' : 'application/x-www-form-urlencoded'
  const added: readonly FieldLine[] = [
    ['Accept', json ? 'application/json' : '*/*'],
    ...(hasBody ? [['Content-Type', type] as const] : []),
  ]
  const isMissing = ([name]: FieldLine): boolean =>
    fieldValues(headers, name.toLowerCase()).length === 0 && !dropped.has(name.toLowerCase())
  return [...headers, ...added.filter(isMissing)]
}
