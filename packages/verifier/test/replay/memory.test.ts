import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryReplayStore, type ReplayClaim, type ReplayStore } from '../../src/index.ts'
import { claimOf as claimWithKey, clock, start, untold } from './claims.ts'

function fresh(options: Parameters<typeof createMemoryReplayStore>[0] = {}): ReplayStore {
  return createMemoryReplayStore({ startsFresh: true, clock, ...options })
}

/** A claim of a short name, which stands for the 22 characters of a key. */
function claimOf(parts: Partial<ReplayClaim> = {}): ReplayClaim {
  const claim = claimWithKey(parts)
  return { ...claim, key: claim.key.length === 22 ? claim.key : `${claim.key.padStart(21, '0')}A` }
}

/** What every store does is in the conformance kit. */
describe('the memory replay store', () => {
  it('serves on after the clock went forward for a moment (attack 29)', () => {
    const store = fresh()
    expect(store.claim(claimOf())).toBe('accepted')
    expect(store.claim(claimOf({ key: 'x', created: start + 3600, now: start + 3600 }))).toBe('accepted')
    expect(store.claim(claimOf({ now: start + 1 }))).not.toBe('accepted')
    expect(store.claim(claimOf({ key: 'honest', created: start + 100, now: start + 100 }))).toBe('accepted')
  })
})

describe('its times', () => {
  it('may have fractions: no message is accepted twice for them', () => {
    const store = fresh()
    // The last half second of a bucket.
    const created = Math.ceil(start / 16) * 16 + 15.5
    const claim = claimOf({ created, now: created, forgetAfter: created + 60 })
    expect(store.claim(claim)).toBe('accepted')
    expect(store.claim({ ...claim, now: created + 59.75 })).not.toBe('accepted')
  })

  it.each([Number.NaN, -17, 2 ** 35 + start])('are seconds since 1970: %d is a mistake', (created) => {
    const claim = claimOf({ created, now: created, forgetAfter: created + 60 })
    expect(() => fresh().claim(claim)).toThrow(TypeError)
  })
})

describe('its secret', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('is drawn at the first claim: workerd has no random values before a request comes', () => {
    const getRandomValues = vi.fn((values: Int32Array) => values.fill(7))
    vi.stubGlobal('crypto', { getRandomValues })
    const store = fresh()
    expect(getRandomValues).not.toHaveBeenCalled()
    expect(store.claim(claimOf())).toBe('accepted')
    expect(store.claim(claimOf())).toBe('replayed')
    expect(getRandomValues).toHaveBeenCalledTimes(1)
  })

  it('is not needed where there is no secure random source', () => {
    vi.stubGlobal('crypto', undefined)
    const store = fresh()
    expect(store.claim(claimOf())).toBe('accepted')
    expect(store.claim(claimOf())).toBe('replayed')
  })
})

describe('its start', () => {
  it('refuses what an earlier process may have accepted, and says when to come back (attack 93)', () => {
    const store = createMemoryReplayStore({ clock, ...untold })
    for (const created of [start - 60, start, start + 10]) {
      expect(() => store.claim(claimOf({ created }))).toThrow(
        expect.objectContaining({ code: 'replay_store_starting', retryAfterSeconds: 11 }),
      )
    }
    expect(() => store.claim(claimOf({ now: start + 4 }))).toThrow(expect.objectContaining({ retryAfterSeconds: 7 }))
    expect(() => store.claim(claimOf({ now: start + 4 }))).toThrow(/sign anew in 7 s/)
    expect(store.claim(claimOf({ created: start + 11, now: start + 11 }))).toBe('accepted')
    expect(() => store.claim(claimOf({ key: 'old', created: start + 10, now: start + 11 }))).toThrow(/just started/)
  })

  it('takes the skew of each verifier that uses it', () => {
    const store = createMemoryReplayStore({ clock, ...untold })
    const wide = { created: start + 20, now: start + 20, futureSkewSeconds: 30 }
    expect(() => store.claim(claimOf(wide))).toThrow(expect.objectContaining({ retryAfterSeconds: 11 }))
  })
})

describe('its bounds', () => {
  it('refuses when it is full, and evicts nothing (attack 94)', () => {
    const store = fresh({ maxEntries: 3, maxEntriesPerPrincipal: 3 })
    for (const key of ['a', 'b', 'c']) expect(store.claim(claimOf({ key }))).toBe('accepted')
    expect(() => store.claim(claimOf({ key: 'd' }))).toThrow(expect.objectContaining({ code: 'replay_store_full' }))
    for (const key of ['a', 'b', 'c']) expect(store.claim(claimOf({ key }))).toBe('replayed')
  })

  it('has room again once entries may be forgotten, when it said', () => {
    const store = fresh({ maxEntries: 1, maxEntriesPerPrincipal: 1 })
    expect(store.claim(claimOf())).toBe('accepted')
    let wait = 0
    try {
      store.claim(claimOf({ key: 'd' }))
    } catch (error) {
      wait = (error as { retryAfterSeconds: number }).retryAfterSeconds
    }
    expect(wait).toBeGreaterThan(60)
    expect(() => store.claim(claimOf({ key: 'd', created: start + wait - 1, now: start + wait - 1 }))).toThrow(
      /no room/,
    )
    expect(store.claim(claimOf({ key: 'd', created: start + wait, now: start + wait }))).toBe('accepted')
  })

  it('lets a flood by one principal touch nobody else (attack 99)', () => {
    const store = fresh({ maxEntries: 100, maxEntriesPerPrincipal: 5 })
    for (let index = 0; index < 5; index++) store.claim(claimOf({ key: `f${index}`, principal: 'flood' }))
    expect(() => store.claim(claimOf({ key: 'f5', principal: 'flood' }))).toThrow(/no room/)
    expect(store.claim(claimOf({ key: 'g', principal: 'other' }))).toBe('accepted')
    const later = start + 600
    expect(store.claim(claimOf({ key: 'f6', principal: 'flood', created: later, now: later }))).toBe('accepted')
  })

  it.each([
    [{ maxEntries: 0 }, /maxEntries/],
    [{ maxEntries: 1.5 }, /maxEntries/],
    [{ maxEntriesPerPrincipal: -1 }, /maxEntriesPerPrincipal/],
    [{ startFresh: true }, /no option "startFresh"/],
  ])('finds the mistake in %j', (options, message) => {
    const create = (): unknown => createMemoryReplayStore(options as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})

describe('random histories', () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 5 }),
    createdOffset: fc.integer({ min: -70, max: 15 }),
    clockStep: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.integer({ min: -700, max: 700 })),
    maxAge: fc.constantFrom(10, 60, 600),
  })

  /** Guarantee (a): one message, that is one key with one created, is accepted at most once, ever. */
  it('accept no message twice, whatever clock and windows do', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = fresh()
        const accepted = new Set<string>()
        let now = start
        for (const { key, createdOffset, clockStep, maxAge } of steps) {
          now += clockStep
          const created = now + createdOffset
          const outcome = store.claim(claimOf({ key: String(key), created, now, forgetAfter: created + maxAge }))
          if (outcome !== 'accepted') continue
          const message = `${key} ${created}`
          expect(accepted.has(message)).toBe(false)
          accepted.add(message)
        }
      }),
      { seed: Number(process.env['COUNTERSIGN_SEED'] ?? 6), numRuns: 5000 },
    )
  })

  /** Guarantee (b) and usefulness: with a clock that goes forward, exactly the first of a key in its window is accepted. */
  it('agree with a store that never forgets while the clock goes forward', () => {
    const forward = fc.record({
      key: fc.integer({ min: 0, max: 5 }),
      createdOffset: fc.integer({ min: -60, max: 10 }),
      clockStep: fc.integer({ min: 0, max: 30 }),
    })
    fc.assert(
      fc.property(fc.array(forward, { maxLength: 60 }), (steps) => {
        const store = fresh()
        const remembered: { key: number; until: number }[] = []
        let now = start
        for (const { key, createdOffset, clockStep } of steps) {
          now += clockStep
          const created = now + createdOffset
          const outcome = store.claim(claimOf({ key: String(key), created, now }))
          const mustRefuse = remembered.some((entry) => entry.key === key && entry.until >= now)
          if (mustRefuse) expect(outcome).toBe('replayed')
          // A bucket may remember for up to its width longer than the message is acceptable.
          const mustAccept = !remembered.some((entry) => entry.key === key && entry.until + 16 >= now)
          if (mustAccept) expect(outcome).toBe('accepted')
          if (outcome === 'accepted') remembered.push({ key, until: created + 60 })
        }
      }),
      { seed: Number(process.env['COUNTERSIGN_SEED'] ?? 7), numRuns: 5000 },
    )
  })
})
