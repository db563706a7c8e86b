import fc from 'fast-check'

/** One thing that happens. Messages are picked by a number, modulo how many were captured so far. */
export type Step =
  /** A new message, created some seconds from the clock. */
  | {
      readonly kind: 'send'
      readonly offset: number
      readonly principal: number
      readonly maxAge: number
      readonly at: number
    }
  /** A captured message again, accepted or not. */
  | { readonly kind: 'replay'; readonly pick: number; readonly maxAge: number; readonly at: number }
  /** The nonce of a captured message, signed anew with another `created`. */
  | {
      readonly kind: 'reuse'
      readonly pick: number
      readonly offset: number
      readonly maxAge: number
      readonly at: number
    }
  /** Many new messages of one principal. */
  | { readonly kind: 'flood'; readonly principal: number; readonly count: number; readonly at: number }
  /** The clock goes on, or is stepped. */
  | { readonly kind: 'travel'; readonly seconds: number }
  /** The store is closed and opened again. */
  | { readonly kind: 'restart' }
  /** Somebody empties the store. */
  | { readonly kind: 'wipe' }

/** What a history begins with. */
export interface Beginning {
  readonly startsFresh: boolean
  readonly maxEntries: number
  readonly maxEntriesPerPrincipal: number
}

/** A history to be played. */
export interface History {
  readonly beginning: Beginning
  readonly steps: readonly Step[]
}

/** How far in the future of the clock `created` may lie, in seconds. */
export const futureSkewSeconds = 10

/** The windows of the verifiers that share a store, in seconds. */
const maxAge = fc.constantFrom(60, 60, 60, 10, 600)

/** Anywhere in a usual window and a little beyond, and both sides of each edge of all windows. */
const offset = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -70, max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(-601, -600, -599, -61, -60, -11, -10, 10, 11) },
)

const at = fc.nat({ max: 2 })
const pick = fc.nat({ max: 60 })
const principal = fc.nat({ max: 2 })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ kind: fc.constant('send'), offset, principal, maxAge, at }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('replay'), pick, maxAge, at }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('reuse'), pick, offset, maxAge, at }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('flood'), principal, count: fc.integer({ min: 2, max: 12 }), at }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('travel'), seconds: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('travel'), seconds: fc.integer({ min: 21, max: 700 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('travel'), seconds: fc.integer({ min: -700, max: -1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wipe') }) },
)

/** Room for all, or for few. */
const room = fc.oneof(
  fc.constant({ maxEntries: 1000, maxEntriesPerPrincipal: 1000 }),
  fc.record({
    maxEntries: fc.integer({ min: 3, max: 20 }),
    maxEntriesPerPrincipal: fc.integer({ min: 2, max: 10 }),
  }),
)

/** Random histories. They shrink to few steps. */
export const histories: fc.Arbitrary<History> = fc
  .record({
    startsFresh: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    room,
    steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
  })
  .map(({ startsFresh, room, steps }) => ({ beginning: { startsFresh, ...room }, steps }))

/** Where random histories begin. `MODEL_SEED=123` plays those of an earlier run again. */
export const seed: number = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31)
