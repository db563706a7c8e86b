import { SignatureError } from '@countersign/core'
import { problemResponse } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { readProblem } from '../src/index.ts'

const problem = { type: 'urn:countersign:problem:stale', title: 'Too old', status: 401, code: 'stale', serverTime: 5 }

function response(body: BodyInit, contentType = 'application/problem+json', status = 401): Response {
  return new Response(body, { status, headers: { 'content-type': contentType } })
}

describe('readProblem', () => {
  it('reads what the verifier answers', async () => {
    const refusal = problemResponse(new SignatureError('stale', '', { serverTime: 1_700_000_000 }))
    const { title } = (await refusal.clone().json()) as { title: string }
    expect(await readProblem(refusal)).toEqual({ kind: 'stale', title, status: 401, serverTime: 1_700_000_000 })
  })

  it('leaves the body to the caller, and can be asked twice', async () => {
    const refusal = response(JSON.stringify(problem))
    expect(await readProblem(refusal)).toMatchObject({ kind: 'stale' })
    expect(await readProblem(refusal)).toMatchObject({ kind: 'stale' })
    expect(await refusal.json()).toEqual(problem)
  })

  it('takes the status of the response, not the one that is stated', async () => {
    const refusal = response(JSON.stringify({ ...problem, status: 200 }), 'application/problem+json; charset=utf-8')
    expect(await readProblem(refusal)).toEqual({ kind: 'stale', title: 'Too old', status: 401, serverTime: 5 })
  })

  it('knows kinds that a newer server may have', async () => {
    const refusal = response(JSON.stringify({ type: 'urn:countersign:problem:unheard-of' }))
    expect(await readProblem(refusal)).toEqual({ kind: 'unheard-of', title: '', status: 401 })
  })

  it.each([
    ['another content type', () => response(JSON.stringify(problem), 'application/json')],
    ['a content type that only begins so', () => response(JSON.stringify(problem), 'application/problem+jsonp')],
    ['problem details of others', () => response(JSON.stringify({ ...problem, type: 'about:blank' }))],
    ['a type that is no text', () => response(JSON.stringify({ ...problem, type: 5 }))],
    ['no JSON', () => response('<html>')],
    ['null', () => response('null')],
    ['nothing', () => new Response(null, { status: 401, headers: { 'content-type': 'application/problem+json' } })],
    ['a success', () => response(JSON.stringify(problem), 'application/problem+json', 200)],
    ['more than any refusal has', () => response(JSON.stringify({ ...problem, title: 'x'.repeat(20_000) }))],
  ])('finds none in %s', async (_what, make) => {
    expect(await readProblem(make())).toBeUndefined()
  })

  it('finds none where the body was read before', async () => {
    const refusal = response(JSON.stringify(problem))
    await refusal.text()
    expect(await readProblem(refusal)).toBeUndefined()
  })

  it('does not wait for the end of a body without one', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4096).fill(0x20)),
    })
    expect(await readProblem(response(endless))).toBeUndefined()
  })

  it('drops a serverTime that is none', async () => {
    const refusal = response(JSON.stringify({ ...problem, serverTime: '5' }))
    expect(await readProblem(refusal)).toEqual({ kind: 'stale', title: 'Too old', status: 401 })
  })
})
