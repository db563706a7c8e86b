import { createMemoryReplayStore, type FloorRaised, type ReplayStore } from '@countersign/verifier'
import { createSqliteReplayStore } from '@countersign/verifier/sqlite'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { claimOf, clock, keyOf, start } from './claims.ts'
import { describeSqlite, storeFile } from './sqlite/sqlite-clients.ts'

type Hook = (event: FloorRaised) => void

/** Makes a store; without a hook it has the default one. */
type Make = (startsFresh: boolean, hook?: Hook) => ReplayStore

function claimAll(store: ReplayStore, times: readonly number[]): void {
  times.forEach((now, index) => {
    try {
      store.claim(claimOf({ key: keyOf(index), created: now, now }))
    } catch {
      // A start is told, and refused too.
    }
  })
}

function declare(name: FloorRaised['store'], make: Make): void {
  it('tells each time that it forgot, with its new floor', () => {
    const told: FloorRaised[] = []
    const store = make(true, (event) => told.push(event))
    claimAll(store, [start, start + 1])
    expect(told).toEqual([])
    claimAll(store, [start + 100, start + 101])
    expect(told).toEqual([{ store: name, reason: 'forgotten', floor: expect.any(Number) }])
    expect(told[0]?.floor).toBeGreaterThanOrEqual(start + 1)
    expect(told[0]?.floor).toBeLessThan(start + 40)
  })

  it('tells once that it has no history', () => {
    const told: FloorRaised[] = []
    claimAll(
      make(false, (event) => told.push(event)),
      [start, start + 1, start + 2],
    )
    expect(told).toEqual([{ store: name, reason: 'no-history', floor: start + 10 }])
  })

  it('says it aloud where nobody listens, but not what happens all the time', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    claimAll(make(true), [start, start + 100])
    expect(warn).not.toHaveBeenCalled()
    claimAll(make(false), [start, start + 1])
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(new RegExp(`the ${name} replay store has no history .* up to 2023-11-14T22:13:30.000Z$`))],
    ])
  })

  it('goes on when the hook fails', () => {
    const store = make(false, () => {
      throw new Error('the log is full')
    })
    expect(() => store.claim(claimOf())).toThrow(expect.objectContaining({ code: 'replay_store_starting' }))
  })
}

describe('the memory store', () => {
  declare('memory', (startsFresh, onFloorRaised) =>
    createMemoryReplayStore({ startsFresh, clock, ...(onFloorRaised && { onFloorRaised }) }),
  )
})

describeSqlite('the SQLite store', (client) => {
  declare('sqlite', (startsFresh, onFloorRaised) => {
    const file = storeFile(client)
    return createSqliteReplayStore(file.connect(), { startsFresh, clock, ...(onFloorRaised && { onFloorRaised }) })
  })
})
