import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createDigester, type Digester, encodeUtf8, verifyDigestStream } from '../src/index.ts'
import { expectCode } from './expect-code.ts'

const mebibyte = 1 << 20
const text = '{"hello": "world"}\n'
// RFC 9530 B.1
const textSha256 = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'
const emptySha256 = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'

function digestField(hash: 'sha256' | 'sha512', bytes: Uint8Array | string): string {
  const name = hash === 'sha256' ? 'sha-256' : 'sha-512'
  return `${name}=:${createHash(hash).update(bytes).digest('base64')}:`
}

async function* streamOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? encodeUtf8(chunk) : chunk
}

/** What a consumer has seen, and how it ended. */
async function consume(stream: AsyncIterable<Uint8Array>): Promise<{ seen: string; ended: 'complete' | unknown }> {
  const decoder = new TextDecoder()
  let seen = ''
  try {
    for await (const chunk of stream) seen += decoder.decode(chunk, { stream: true })
    return { seen, ended: 'complete' }
  } catch (error) {
    return { seen, ended: (error as { code?: string }).code ?? error }
  }
}

describe('createDigester', () => {
  it('hashes in pieces what node:crypto hashes at once', async () => {
    for (const pieces of [[], [text], ['{"hello"', ': "world', '"}\n'], ['', ...text, '']]) {
      const digester = await createDigester(['sha-512', 'sha-256'])
      for (const piece of pieces) digester.update(encodeUtf8(piece))
      const whole = pieces.join('')
      expect(digester.digest()).toBe(`${digestField('sha512', whole)}, ${digestField('sha256', whole)}`)
    }
  })

  it('makes sha-256 by default (RFC 9530 B.11, a trailer)', async () => {
    const digester = await createDigester()
    for (const piece of ['{"hello"', ': "world', '"}\n']) digester.update(encodeUtf8(piece))
    expect(digester.digest()).toBe(textSha256)
  })

  it('takes an array that is filled again', async () => {
    const digester = await createDigester()
    const buffer = new Uint8Array(1)
    for (const byte of encodeUtf8(text)) {
      buffer[0] = byte
      digester.update(buffer)
    }
    expect(digester.digest()).toBe(textSha256)
  })

  it.each([[['md5']], [['sha-256', 'constructor']], [[]]])('refuses the algorithms %j', async (algorithms) => {
    await expect(createDigester(algorithms as never)).rejects.toThrow(TypeError)
  })

  it.each([['text'], [new ArrayBuffer(4)], [new Uint16Array(2)], [[1, 2]], [undefined]])(
    'refuses what are no bytes: %o',
    async (chunk) => {
      const digester = await createDigester()
      expect(() => digester.update(chunk as never)).toThrow(TypeError)
    },
  )

  it('ends once', async () => {
    const digester: Digester = await createDigester()
    digester.digest()
    expect(() => digester.digest()).toThrow(TypeError)
    expect(() => digester.update(new Uint8Array(1))).toThrow(TypeError)
  })
})

describe('verifyDigestStream', () => {
  it.each([
    ['one piece', [text]],
    ['several', ['{"hello"', ': "world', '"}\n']],
    ['each byte', [...text]],
    ['empty pieces', ['', '{"hello"', '', ': "world"}\n', '', '']],
  ])('passes the whole on when it matches: %s', async (_what, pieces) => {
    expect(await consume(verifyDigestStream(textSha256, streamOf(...pieces)))).toEqual({
      seen: text,
      ended: 'complete',
    })
  })

  it('checks every digest of an active algorithm', async () => {
    const both = `${textSha256}, ${digestField('sha512', text)}, md5=:AAAA:`
    expect((await consume(verifyDigestStream(both, streamOf(text)))).ended).toBe('complete')
    const wrong = `${textSha256}, ${digestField('sha512', 'other')}`
    expect((await consume(verifyDigestStream(wrong, streamOf(text)))).ended).toBe('digest_mismatch')
  })

  it('passes an empty body on, and refuses one that was emptied', async () => {
    expect(await consume(verifyDigestStream(emptySha256, streamOf()))).toEqual({ seen: '', ended: 'complete' })
    expect(await consume(verifyDigestStream(emptySha256, streamOf('')))).toEqual({ seen: '', ended: 'complete' })
    expect(await consume(verifyDigestStream(textSha256, streamOf()))).toEqual({ seen: '', ended: 'digest_mismatch' })
  })

  it.each([
    ['one piece', ['{"hello": "w0rld"}\n'], ''],
    ['the last piece', ['{"hello"', ': "w0rld"}\n'], '{"hello"'],
    ['the first piece', ['{"hell0"', ': "world"}\n'], '{"hell0"'],
    ['a piece cut off', ['{"hello"', ': "world"'], '{"hello"'],
    ['a piece added', [text, '\n'], text],
    ['empty pieces at the end, which hold nothing back', ['{"hello"', ': "w0rld"}\n', '', ''], '{"hello"'],
  ])('holds the last piece back when it does not match: %s', async (_what, pieces, seen) => {
    expect(await consume(verifyDigestStream(textSha256, streamOf(...pieces)))).toEqual({
      seen,
      ended: 'digest_mismatch',
    })
  })

  it.each([
    ['malformed_digest', 'sha-256'],
    ['malformed_digest', 'sha-256=:AAAA:, sha-256=:AAAA:'],
    ['unsupported_digest', 'md5=:AAAA:'],
    ['unsupported_digest', ''],
  ] as const)('refuses with %s before it reads: %j', async (code, field) => {
    let read = false
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]() {
        read = true
        return streamOf(text)
      },
    }
    await expectCode(code, () => verifyDigestStream(field, source).next())
    expect(read).toBe(false)
  })

  it('passes on what it has hashed, from a source that fills one array again and again', async () => {
    const pieces = ['{"hello"', ': "world', '"}\n'].map(encodeUtf8)
    async function* reuse(): AsyncGenerator<Uint8Array> {
      const buffer = new Uint8Array(8)
      for (const piece of pieces) {
        buffer.set(piece)
        yield buffer.subarray(0, piece.length)
        buffer.fill(0x78)
      }
    }
    expect(await consume(verifyDigestStream(textSha256, reuse()))).toEqual({ seen: text, ended: 'complete' })
  })

  it('copies a Buffer of Node too, whose slice is only a view', async () => {
    const buffer = Buffer.from(text)
    const stream = verifyDigestStream(textSha256, streamOf(buffer))
    const { value } = await stream.next()
    buffer.fill(0)
    expect(new TextDecoder().decode(value as Uint8Array)).toBe(text)
  })

  it('takes a ReadableStream', async () => {
    const stream = new Blob([text]).stream()
    expect(await consume(verifyDigestStream(textSha256, stream))).toEqual({ seen: text, ended: 'complete' })
    const { body } = new Response('{"hello": "w0rld"}\n')
    expect(await consume(verifyDigestStream(textSha256, body!))).toEqual({ seen: '', ended: 'digest_mismatch' })
  })

  it('takes a ReadableStream that cannot be iterated over, as in some browsers', async () => {
    const complete = withoutIteration(new Blob(['{"hello"', ': "world"}\n']).stream())
    expect(await consume(verifyDigestStream(textSha256, complete))).toEqual({ seen: text, ended: 'complete' })
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(8)),
      cancel: () => {
        cancelled = true
      },
    })
    for await (const _chunk of verifyDigestStream(textSha256, withoutIteration(endless))) break
    expect(cancelled).toBe(true)
  })

  function withoutIteration(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return { getReader: () => stream.getReader() } as ReadableStream<Uint8Array>
  }

  it('lets the source go when the consumer stops, or when there is an error', async () => {
    let released = 0
    async function* source(last: unknown): AsyncGenerator<Uint8Array> {
      try {
        for (const chunk of ['a', 'b', 'c']) yield encodeUtf8(chunk)
        yield last as Uint8Array
        yield encodeUtf8('d')
      } finally {
        released++
      }
    }
    for await (const _chunk of verifyDigestStream(textSha256, source(encodeUtf8('x')))) break
    expect(released).toBe(1)
    expect((await consume(verifyDigestStream(textSha256, source('x')))).ended).toBeInstanceOf(TypeError)
    expect(released).toBe(2)
  })

  it('passes an error of the source on', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield encodeUtf8(text)
      throw new RangeError('connection reset')
    }
    const { seen, ended } = await consume(verifyDigestStream(textSha256, broken()))
    expect(seen).toBe('')
    expect(ended).toBeInstanceOf(RangeError)
  })
})

describe('64 MiB', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void

  /** Bytes that are still held once the garbage is gone, give or take what the collector frees a little later. */
  function memoryInUse(): number {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }

  /** 64 pieces of a mebibyte, each another one. */
  function* pieces(): Generator<Uint8Array> {
    for (let index = 0; index < 64; index++) yield new Uint8Array(mebibyte).fill(index)
  }

  function expectedField(): string {
    const hashes = { 'sha-256': createHash('sha256'), 'sha-512': createHash('sha512') }
    for (const piece of pieces()) for (const hash of Object.values(hashes)) hash.update(piece)
    return Object.entries(hashes)
      .map(([name, hash]) => `${name}=:${hash.digest('base64')}:`)
      .join(', ')
  }

  it('are hashed as node:crypto hashes them, in constant memory', { timeout: 60_000 }, async () => {
    const digester = await createDigester(['sha-256', 'sha-512'])
    const before = memoryInUse()
    let highest = before
    let count = 0
    for (const piece of pieces()) {
      digester.update(piece)
      if (++count % 16 === 0) highest = Math.max(highest, memoryInUse())
    }
    expect(digester.digest()).toBe(expectedField())
    expect(highest - before).toBeLessThan(24 * mebibyte)
  })

  it('are checked and passed on in constant memory', { timeout: 60_000 }, async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* pieces()
    }
    const stream = verifyDigestStream(expectedField(), source())
    const before = memoryInUse()
    let highest = before
    let length = 0
    for await (const chunk of stream) {
      length += chunk.length
      if (length % (16 * mebibyte) === 0) highest = Math.max(highest, memoryInUse())
    }
    expect(length).toBe(64 * mebibyte)
    expect(highest - before).toBeLessThan(24 * mebibyte)
  })
})
