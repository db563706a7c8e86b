import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { send } from '../adapters/running-app.ts'
import { openConnection } from '../attacks/raw-http.ts'
import { bodyBytes, headBytes, type RawRequest, requestBytes } from '../attacks/raw-request.ts'
import { digestMember } from '../attacks/raw-signer.ts'
import { type Shape, signedRequest } from '../attacks/signed-request.ts'
import { patience } from '../patience.ts'
import { type StartUploads, startFetch, startNode } from './upload-servers.ts'

const adapters: readonly (readonly [name: string, start: StartUploads])[] = [
  ['node:http', startNode],
  ['Fetch API', startFetch],
]

/** More than a socket delivers at once. */
const large = Buffer.alloc(600_000, 'countersign')

function upload(shape: Shape = {}): RawRequest {
  return signedRequest(Math.floor(Date.now() / 1000), { body: large, ...shape })
}

/** The last byte is another one. */
function swapLast(body: Buffer): Buffer {
  const swapped = Buffer.from(body)
  swapped[swapped.length - 1] = (swapped.at(-1) as number) ^ 1
  return swapped
}

describe.each(adapters)('streaming on %s', (_name, start) => {
  const framings: readonly NonNullable<Shape['framing']>[] = ['length', 'chunked']

  it.each(framings)('commits an upload (%s) once', async (framing) => {
    const server = await start()
    const captured = upload({ framing })
    expect(await send(server.port, captured)).toMatchObject({ status: 200, body: 'committed' })
    expect(await send(server.port, captured)).toMatchObject({ status: 401 })
    expect(server.committed).toEqual([large.toString('latin1')])
    expect(server.told).toEqual(['accepted', 'replayed'])
    expect(server.errors).toEqual([])
  })

  it.each(framings)('never ends a body (%s) whose last byte was swapped (attack 43)', async (framing) => {
    const server = await start()
    const refused = await send(server.port, { ...upload({ framing }), body: swapLast(large) })
    expect(refused).toMatchObject({ status: 401 })
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'invalid' })
    expect(server.committed).toEqual([])
    expect(server.told).toEqual(['accepted', 'digest_mismatch'])
    // The last piece is held back.
    expect(server.seenBytes[0]).toBeLessThan(large.length)
    expect(server.errors).toEqual([])
  })

  it('hands out nothing at all of a short body that was altered', async () => {
    const server = await start()
    await send(server.port, { ...upload({ body: 'to=bob' }), body: Buffer.from('to=eve') })
    expect([server.seenBytes, server.committed]).toEqual([[0], []])
  })

  it.each([
    ['cut', large.subarray(0, -1)],
    ['longer', Buffer.concat([large, Buffer.from('x')])],
    ['empty', Buffer.alloc(0)],
  ])('refuses a body that is %s, with a Content-Length that fits (attacks 44 and 46)', async (_what, body) => {
    const server = await start()
    expect(await send(server.port, { ...upload(), body })).toMatchObject({ status: 401 })
    expect(server.committed).toEqual([])
    expect(server.told.at(-1)).toBe('digest_mismatch')
  })

  it('uses the nonce of an altered copy up, unlike a buffered verifier (attack 22): docs/streaming.md says so', async () => {
    const server = await start()
    const captured = upload()
    await send(server.port, { ...captured, body: swapLast(large) })
    expect(await send(server.port, captured)).toMatchObject({ status: 401 })
    expect(server.told).toEqual(['accepted', 'digest_mismatch', 'replayed'])
    expect(await send(server.port, upload())).toMatchObject({ status: 200 })
    expect(server.committed).toHaveLength(1)
  })

  it.each(framings)('ends an upload (%s) that broke off with an error (attack 13)', async (framing) => {
    const server = await start()
    const captured = upload({ framing })
    const connection = await openConnection(server.port)
    await connection.write(headBytes(captured))
    await connection.write(bodyBytes(captured).subarray(0, 400_000))
    await vi.waitFor(() => expect(server.seenBytes[0]).toBeGreaterThan(0), patience)
    connection.destroy()
    await vi.waitFor(() => expect(server.told).toEqual(['accepted', 'body_unreadable']), patience)
    expect([server.committed, server.errors]).toEqual([[], []])
  })

  it('refuses a declared length over the limit before the claim (attack 48)', async () => {
    const server = await start({ maxBodyBytes: large.length - 1 })
    const captured = upload()
    expect(await send(server.port, captured)).toMatchObject({ status: 413 })
    expect(server.told).toEqual(['body_too_large'])
  })

  it('counts while it reads where no length is declared (attack 48)', async () => {
    const server = await start({ maxBodyBytes: large.length - 1 })
    const connection = await openConnection(server.port)
    void connection.write(requestBytes(upload({ framing: 'chunked' })))
    expect(await connection.responses(1)).toMatchObject([{ status: 413 }])
    connection.destroy()
    expect(server.told).toEqual(['accepted', 'body_too_large'])
    expect(server.committed).toEqual([])
  })

  it('takes a body of exactly the limit', async () => {
    const server = await start({ maxBodyBytes: large.length })
    expect(await send(server.port, upload({ framing: 'chunked' }))).toMatchObject({ status: 200 })
  })

  it('hashes and hands out the bytes on the wire, not what gzip makes of them', async () => {
    const server = await start()
    const body = gzipSync(large)
    const headers = [
      ['Content-Type', 'text/plain'],
      ['Content-Encoding', 'gzip'],
      ['Content-Digest', digestMember(body)],
    ] as const
    expect(await send(server.port, upload({ body, headers }))).toMatchObject({ status: 200 })
    expect(server.committed).toEqual([body.toString('latin1')])
  })

  const bothMembers = (right: Buffer, other: Buffer): string => {
    return `${digestMember(right)}, ${digestMember(other, 'sha-512')}`
  }

  it('checks every digest that is there', async () => {
    const server = await start()
    const shape = (other: Buffer): Shape => ({ headers: [['Content-Digest', bothMembers(large, other)]] })
    expect(await send(server.port, upload(shape(large)))).toMatchObject({ status: 200 })
    expect(await send(server.port, upload(shape(swapLast(large))))).toMatchObject({ status: 401 })
    expect(server.told).toEqual(['accepted', 'accepted', 'digest_mismatch'])
  })

  it.each([
    ['no digest of an active algorithm', digestMember(large, 'md5'), 'unsupported_digest'],
    ['no digest at all', 'sha-256', 'malformed_digest'],
  ])('refuses %s before the claim', async (_what, contentDigest, code) => {
    const server = await start()
    const refused = await send(server.port, upload({ headers: [['Content-Digest', contentDigest]] }))
    expect(refused).toMatchObject({ status: 401 })
    expect(server.told).toEqual([code])
  })

  it('refuses a body without a covered digest before the claim (attack 47)', async () => {
    const server = await start()
    const uncovered = upload({ lines: (lines) => lines.filter(({ identifier }) => identifier !== '"content-digest"') })
    expect(await send(server.port, uncovered)).toMatchObject({ status: 401 })
    expect(server.told).toEqual(['missing_digest'])
  })

  it('lets a request without a body in', async () => {
    const server = await start()
    const request = signedRequest(Math.floor(Date.now() / 1000), { method: 'GET' })
    expect(await send(server.port, request)).toMatchObject({ status: 200 })
    expect([server.committed, server.told]).toEqual([[''], ['accepted']])
  })

  it('lets only one of many copies run (attack 6)', async () => {
    const server = await start()
    const captured = upload()
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(server.port, captured)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(server.committed).toHaveLength(1)
  })
})
