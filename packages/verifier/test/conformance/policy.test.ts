import { component } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import type { ReplayStore, VerifierOptions } from '../../src/index.ts'
import {
  type BaseLine,
  type HandSigned,
  honestLines,
  honestParameters,
  now,
  requestWith,
  signatureFields,
  verdictOf,
} from './hand-signed.ts'

type Options = Partial<VerifierOptions<undefined>>

const created = (seconds: number): string => honestParameters().replace(`created=${now}`, `created=${seconds}`)

describe('what an application requires is enforced (RFC 9421 3.2.1)', () => {
  const required = { requiredComponents: ['x-tenant'] }
  const tenant: BaseLine = ['"x-tenant"', 'a']

  it.each<[what: string, options: Options, signed: HandSigned, verdict: string]>([
    ['a component that is not covered', required, {}, 'component_not_covered'],
    ['a component that is covered', required, { lines: [...honestLines, tenant] }, 'accepted'],
    [
      'a component that is covered in another way',
      { requiredComponents: [component('x-tenant', { bs: true })] },
      { lines: [...honestLines, tenant] },
      'component_not_covered',
    ],
    ['an age of 60 s', {}, { parameters: created(now - 60) }, 'accepted'],
    ['an age of 61 s', {}, { parameters: created(now - 61) }, 'stale'],
    ['an age of 6 s where 5 are allowed', { maxAgeSeconds: 5 }, { parameters: created(now - 6) }, 'stale'],
    ['a time in the future', {}, { parameters: created(now + 11) }, 'not_yet_valid'],
    ['an expiry that is past', {}, { parameters: `${created(now - 9)};expires=${now - 1}` }, 'expired'],
    ['an expiry to come', {}, { parameters: `${created(now - 9)};expires=${now}` }, 'accepted'],
    ['no created', {}, { parameters: honestParameters().replace(`;created=${now}`, '') }, 'missing_parameter'],
    ['no nonce', {}, { parameters: honestParameters().replace(/;nonce="[^"]+"/, '') }, 'missing_parameter'],
    ['no keyid', {}, { parameters: honestParameters().replace(';keyid="alice"', '') }, 'missing_parameter'],
    ['another tag', { tag: 'bank' }, { parameters: `${honestParameters()};tag="shop"` }, 'no_matching_signature'],
    ['no tag', { tag: 'bank' }, {}, 'no_matching_signature'],
    ['the tag', { tag: 'bank' }, { parameters: `${honestParameters()};tag="bank"` }, 'accepted'],
  ])('%s', async (_what, options, signed, verdict) => {
    expect(await verdictOf(requestWith([signatureFields(signed)], [['X-Tenant', 'a']]), options)).toBe(verdict)
  })

  it('a nonce is unique', async () => {
    const claimed = new Set<string>()
    const replayStore: ReplayStore = {
      claim: ({ key }) => (claimed.size === claimed.add(key).size ? 'replayed' : 'accepted'),
    }
    const parameters = honestParameters()
    const [first, second] = [
      requestWith([signatureFields({ parameters })]),
      requestWith([signatureFields({ parameters })]),
    ]
    expect(await verdictOf(first, { replayStore })).toBe('accepted')
    expect(await verdictOf(second, { replayStore })).toBe('replayed')
  })
})

describe('what RFC 9421 itself requires cannot be switched off (3.2.1)', () => {
  const lax: Options = { maxAgeSeconds: 1e9, futureSkewSeconds: 1e9, maxLifetimeSeconds: 1e9 }

  it.each<[what: string, signed: HandSigned, verdict: string]>([
    ['an unknown component', { lines: [...honestLines, ['"@body"', '{}']] }, 'invalid_component'],
    ['a component twice', { lines: [...honestLines, honestLines[0] as BaseLine] }, 'duplicate_component'],
    ['a component that is not in the message', { lines: [...honestLines, ['"date"', '']] }, 'missing_component'],
    [
      'a parameter of a wrong type',
      { parameters: created(0).replace('created=0', 'created="0"') },
      'malformed_parameter',
    ],
    ['an unknown key', { parameters: honestParameters().replace('alice', 'mallory') }, 'unknown_key'],
    ['another algorithm', { parameters: honestParameters().replace('hmac', 'none') }, 'algorithm_mismatch'],
    ['a signature of another key', { by: 'bob' }, 'invalid_signature'],
  ])('%s', async (_what, signed, verdict) => {
    let claims = 0
    const replayStore: ReplayStore = {
      claim: () => {
        claims++
        return 'accepted'
      },
    }
    expect(await verdictOf(requestWith([signatureFields(signed)]), { ...lax, replayStore })).toBe(verdict)
    expect(claims).toBe(0)
  })

  it.each(['skipVerification', 'allowUnsigned', 'algorithms', 'optional'])('there is no option %s', async (name) => {
    await expect(verdictOf(requestWith([]), { [name]: true })).rejects.toThrow(TypeError)
  })
})
