import { SignatureError, type SignatureErrorCode } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { httpStatus, problemOf, problemResponse, refusalKinds } from '../src/index.ts'

const codes = Object.keys(refusalKinds) as SignatureErrorCode[]

describe('problem details (RFC 9457)', () => {
  it.each(codes)('%s has a status, a kind and a title, and says nothing else', (code) => {
    const { status, headers, body } = problemOf(new SignatureError(code, 'detail that stays inside'))
    const details = JSON.parse(body)
    expect([401, 413, 431, 503]).toContain(status)
    expect(details).toMatchObject({
      status,
      code: refusalKinds[code],
      type: `urn:countersign:problem:${refusalKinds[code]}`,
    })
    expect(details.title.length).toBeGreaterThan(10)
    expect(body).not.toContain('inside')
    expect(headers['content-type']).toBe('application/problem+json')
    expect(headers['cache-control']).toBe('no-store')
    expect('www-authenticate' in headers).toBe(status === 401)
    expect('retry-after' in headers).toBe(status === 503)
    expect(details.serverTime).toBeUndefined()
  })

  it('look the same for an unknown key, a bad signature and a wrong digest (attack 88)', () => {
    const answers = (['unknown_key', 'invalid_signature', 'digest_mismatch', 'algorithm_mismatch'] as const).map(
      (code) => problemOf(new SignatureError(code)),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it('tell the time of the server where that was the problem', () => {
    const { body } = problemOf(new SignatureError('stale', '', { serverTime: 1_700_000_000 }))
    expect(JSON.parse(body)).toMatchObject({ code: 'stale', serverTime: 1_700_000_000 })
  })

  it('say when to come back', () => {
    const starting = new SignatureError('replay_store_starting', '', { retryAfterSeconds: 7 })
    expect(problemOf(starting)).toMatchObject({ status: 503, headers: { 'retry-after': '7' } })
    expect(httpStatus('body_too_large')).toBe(413)
    expect(httpStatus('limit_exceeded')).toBe(431)
  })

  it('are a Response where there is a Fetch API', async () => {
    const response = problemResponse(new SignatureError('replayed'))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'replayed' })
  })
})
