import { expect, it } from 'vitest'
import type { RawResponse } from './raw-http.ts'
import type { RawRequest } from './raw-request.ts'
import { freshNonce, type Shape, signedRequest } from './signed-request.ts'
import type { AttackTarget, Loss, TargetOptions } from './target.ts'
import { type Expected, expectVerdict, reportOf, startFor } from './verdict.ts'

/** What every case says. */
interface AttackCase {
  /** The number in the catalogue. */
  readonly attack: number
  readonly what: string
  readonly options?: TargetOptions
  /** The honest request. */
  readonly shape?: Shape
  readonly expected: Expected
  /** Where a target does not get to see what was done (see {@link Loss}). */
  readonly whereLost?: Readonly<Partial<Record<Loss, Expected>>>
  /** Where not even the honest request can be told, so that the case would show nothing. */
  readonly notWithout?: Loss
}

/** Somebody without a key changes a request that was captured. */
export interface TamperCase extends AttackCase {
  readonly tamper: (captured: RawRequest) => RawRequest | Buffer
}

/** Somebody with a key signs what must not be accepted. */
export interface ForgeCase extends AttackCase {
  /** What differs from the honest request. */
  readonly forge: Shape
}

/** A {@link TamperCase} on one line. */
export type TamperRow = readonly [
  attack: number,
  what: string,
  tamper: TamperCase['tamper'],
  expected: Expected,
  shape?: Shape,
]

/** Spells rows out as cases. */
export function tamperCases(rows: readonly TamperRow[]): readonly TamperCase[] {
  return rows.map(([attack, what, tamper, expected, shape = {}]) => ({ attack, what, tamper, expected, shape }))
}

/**
 * The altered copy arrives first. The original is the control: the copy must neither be let in nor burn the nonce
 * of the original; and where the copy means the same, the two together run once.
 */
export function tamperTests(target: AttackTarget, cases: readonly TamperCase[]): void {
  for (const attackCase of casesFor(target, cases)) {
    it(`attack ${attackCase.attack}: ${attackCase.what}`, async () => {
      const running = await startFor(target, attackCase.options)
      const captured = signedRequest(running.now(), attackCase.shape)
      const expected = expectedAt(target, attackCase)
      const copy = attackCase.tamper(captured)
      // An edit that missed its place would show nothing.
      expect(copy).not.toEqual(captured)
      const response = await expectVerdict(running, copy, expected)
      if (expected === 'accepted') expectAsSigned(response, captured)
      await expectVerdict(running, captured, expected === 'accepted' ? 'replayed' : 'accepted')
    })
  }
}

/** A copy that is let in must mean what was signed. `/a` and `/a?` mean the same (RFC 9421 2.2.7). */
function expectAsSigned(response: RawResponse, captured: RawRequest): void {
  const [path, query = ''] = captured.target.split(/\?(.*)/)
  const { verified } = reportOf(response)
  expect({ ...verified, query: verified.query.slice(1) }).toEqual({
    method: captured.method,
    authority: 'bank.example',
    path,
    query,
    body: captured.body?.toString('hex') ?? '',
  })
}

/** The control is an honest request with the same nonce, signed anew: a refusal must not have used the nonce up. */
export function forgeTests(target: AttackTarget, cases: readonly ForgeCase[]): void {
  for (const attackCase of casesFor(target, cases)) {
    it(`attack ${attackCase.attack}: ${attackCase.what}`, async () => {
      const running = await startFor(target, attackCase.options)
      const honest: Shape = { nonce: freshNonce(), ...attackCase.shape }
      const forged = signedRequest(running.now(), { ...honest, ...attackCase.forge })
      const expected = expectedAt(target, attackCase)
      await expectVerdict(running, forged, expected)
      const control = expected === 'accepted' ? { ...honest, nonce: freshNonce() } : honest
      await expectVerdict(running, signedRequest(running.now(), control), 'accepted')
    })
  }
}

function casesFor<Case extends AttackCase>({ losses }: AttackTarget, cases: readonly Case[]): readonly Case[] {
  return cases.filter(({ notWithout }) => notWithout === undefined || !losses.has(notWithout))
}

function expectedAt(target: AttackTarget, { expected, whereLost = {} }: AttackCase): Expected {
  for (const loss of target.losses) {
    const otherwise = whereLost[loss]
    if (otherwise !== undefined) return otherwise
  }
  return expected
}
