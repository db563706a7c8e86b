import { describe, expect, it } from 'vitest'
import {
  type StoredKey,
  withCurrent,
  withEnrolled,
  withNext,
  without,
  withPromoted,
} from '../../src/key-storage/key-record.ts'

const keyNamed = (keyId: string): StoredKey => ({ keyId, enrolled: false }) as StoredKey
const [old, next, other] = ['old', 'next', 'other'].map(keyNamed) as [StoredKey, StoredKey, StoredKey]

describe('a change of a record', () => {
  it('never takes the place of what another tab has stored', () => {
    expect(withCurrent(other)({ current: old })).toEqual({ current: old })
    expect(withNext(other)({ current: old, next })).toEqual({ current: old, next })
    expect(withNext(next)({ current: old })).toEqual({ current: old, next })
  })

  it('brings back nothing that was forgotten', () => {
    for (const change of [withNext(next), withEnrolled('old'), withPromoted('next'), without('old')]) {
      expect(change(undefined)).toBeUndefined()
    }
  })

  it('is about one key', () => {
    const record = { current: old, next }
    expect(withEnrolled('old')(record)).toEqual({ current: { ...old, enrolled: true }, next })
    expect(withPromoted('next')(record)).toEqual({ current: { ...next, enrolled: true } })
    expect(without('next')(record)).toEqual({ current: old })
    expect(without('old')(record)).toBeUndefined()
    for (const change of [withEnrolled('other'), withPromoted('other'), without('other')]) {
      expect(change(record)).toBe(record)
    }
  })
})
