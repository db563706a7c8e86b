import { isSignatureError } from '@countersign/core'
import { createMessageVerifier } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { signedMessage, verifierSetup } from '../../signed-message.ts'
import { claimOf, clock, keyOf, start } from '../claims.ts'
import { describeSqlite, read, storeFile } from './sqlite-clients.ts'

describeSqlite('a verifier with a SQLite store', (client) => {
  it('lets a message in once, also after a restart', async () => {
    const { key, options } = await verifierSetup()
    const file = storeFile(client)
    const request = await signedMessage(key)
    const first = createMessageVerifier({ ...options, replayStore: file.store({ startsFresh: true }) })
    await expect(first(request)).resolves.toMatchObject({ keyId: 'alice' })
    await expect(first(request)).rejects.toThrow(expect.objectContaining({ code: 'replayed' }))
    file.close()
    const second = createMessageVerifier({ ...options, replayStore: file.store() })
    await expect(second(request)).rejects.toThrow(expect.objectContaining({ code: 'replayed' }))
    await expect(second(await signedMessage(key))).resolves.toMatchObject({ keyId: 'alice' })
  })

  it('refuses while another process holds the file, and lets in afterwards (attack 95)', async () => {
    const { key, options } = await verifierSetup()
    const file = storeFile(client)
    const replayStore = file.store({ startsFresh: true, busyTimeoutMilliseconds: 0 })
    const verify = createMessageVerifier({ ...options, replayStore })
    const other = file.connect()
    other.exec('BEGIN IMMEDIATE')
    const request = await signedMessage(key)
    await expect(verify(request)).rejects.toThrow(expect.objectContaining({ code: 'replay_store_unavailable' }))
    other.exec('COMMIT')
    await expect(verify(request)).resolves.toMatchObject({ keyId: 'alice' })
  })
})

describeSqlite('the start of a SQLite store', (client) => {
  it('on a new file refuses what may have been accepted before, and says when to come back (attack 93)', () => {
    const store = storeFile(client).store({ clock })
    for (const created of [start - 60, start, start + 10]) {
      expect(() => store.claim(claimOf({ created }))).toThrow(
        expect.objectContaining({ code: 'replay_store_starting', retryAfterSeconds: 11 }),
      )
    }
    expect(() => store.claim(claimOf({ now: start + 4 }))).toThrow(/sign anew in 7 s/)
    expect(store.claim(claimOf({ created: start + 11, now: start + 11 }))).toBe('accepted')
  })

  it('is not over because the process was started again, and does not begin anew either', () => {
    const file = storeFile(client)
    file.store({ clock })
    const again = file.store({ clock: () => clock() + 60_000, startsFresh: true })
    expect(() => again.claim(claimOf())).toThrow(expect.objectContaining({ code: 'replay_store_starting' }))
    expect(again.claim(claimOf({ created: start + 11, now: start + 11 }))).toBe('accepted')
  })

  it('begins anew when somebody empties the tables (attack 97)', () => {
    const file = storeFile(client)
    const store = file.store({ startsFresh: true })
    expect(store.claim(claimOf())).toBe('accepted')
    for (const table of ['state', 'buckets', 'principals', 'nonces']) {
      file.connect().exec(`DELETE FROM countersign_${table}`)
    }
    expect(() => store.claim(claimOf())).toThrow(expect.objectContaining({ code: 'replay_store_starting' }))
    const later = { created: start + 11, now: start + 11 }
    expect(store.claim(claimOf(later))).toBe('accepted')
    expect(store.claim(claimOf(later))).toBe('replayed')
  })
})

describeSqlite('times with fractions', (client) => {
  it('let no message in twice', () => {
    const store = storeFile(client).store({ startsFresh: true, clock })
    // The last half second of a bucket, which is forgotten while it could still be accepted.
    const created = Math.ceil(start / 16) * 16 + 15.5
    const claim = claimOf({ created, now: created })
    expect(store.claim(claim)).toBe('accepted')
    expect(store.claim({ ...claim, now: created + 59.75 })).toBe('replayed')
  })
})

describeSqlite('a claim that fails', (client) => {
  it('writes nothing', () => {
    const file = storeFile(client)
    let table = 'no_such_table'
    const connection = file.connect()
    const store = file.store(
      { startsFresh: true },
      {
        exec: (sql) => connection.exec(sql),
        prepare: (sql) => {
          const statement = connection.prepare(sql)
          if (!sql.startsWith('INSERT INTO countersign_principals')) return statement
          return {
            get: (...values) => statement.get(...values),
            run: (...values) => (table === '' ? statement.run(...values) : connection.exec(`DELETE FROM ${table}`)),
          }
        },
      },
    )
    expect(() => store.claim(claimOf())).toThrow(/no such table/)
    expect(read(connection, 'SELECT count(*) FROM countersign_nonces')).toBe(0)
    table = ''
    expect(store.claim(claimOf())).toBe('accepted')
  })

  it('because the disk is full changes nothing of what was accepted', () => {
    const file = storeFile(client)
    const connection = file.connect()
    const store = file.store({ startsFresh: true }, connection)
    connection.prepare('PRAGMA max_page_count = 12').get()
    let count = 0
    const fill = (): void => {
      while (count < 10_000) {
        expect(store.claim(claimOf({ key: keyOf(count) }))).toBe('accepted')
        count++
      }
    }
    expect(fill).toThrow(/database or disk is full/)
    expect(count).toBeGreaterThan(100)
    for (const number of [0, count - 1]) expect(store.claim(claimOf({ key: keyOf(number) }))).toBe('replayed')
    connection.prepare('PRAGMA max_page_count = 1000').get()
    expect(store.claim(claimOf({ key: keyOf(count) }))).toBe('accepted')
  })

  it('leaves a transaction of somebody else on its connection as it is', () => {
    const file = storeFile(client)
    const connection = file.connect()
    const store = file.store({ startsFresh: true }, connection)
    connection.exec('CREATE TABLE payments (amount INTEGER); BEGIN; INSERT INTO payments VALUES (5)')
    let thrown: unknown
    try {
      store.claim(claimOf())
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Error)
    expect(isSignatureError(thrown)).toBe(false)
    connection.exec('COMMIT')
    expect(read(connection, 'SELECT amount FROM payments')).toBe(5)
    expect(store.claim(claimOf())).toBe('accepted')
  })

  it('because its key is none is a mistake of the caller', () => {
    const store = storeFile(client).store({ startsFresh: true })
    for (const key of ['', 'short', `${keyOf(1)}A`, `${keyOf(1).slice(1)}=`, `${keyOf(1)}\n`]) {
      expect(() => store.claim(claimOf({ key })), JSON.stringify(key)).toThrow(TypeError)
    }
  })
})

describeSqlite('the bounds of a SQLite store', (client) => {
  it('let a flood by one principal touch nobody else (attack 99)', () => {
    const file = storeFile(client)
    const store = file.store({ startsFresh: true, maxEntries: 100, maxEntriesPerPrincipal: 5 })
    for (let number = 0; number < 5; number++) store.claim(claimOf({ key: keyOf(number), principal: 'flood' }))
    const next = claimOf({ key: keyOf(5), principal: 'flood' })
    expect(() => store.claim(next)).toThrow(expect.objectContaining({ code: 'replay_store_full' }))
    expect(store.claim(claimOf({ key: keyOf(6), principal: 'other' }))).toBe('accepted')
    const later = start + 600
    expect(store.claim({ ...next, created: later, forgetAfter: later + 60, now: later })).toBe('accepted')
  })

  it('say when there is room again', () => {
    const store = storeFile(client).store({ startsFresh: true, maxEntries: 1 })
    expect(store.claim(claimOf())).toBe('accepted')
    let wait = 0
    try {
      store.claim(claimOf({ key: keyOf(1) }))
    } catch (error) {
      wait = (error as { retryAfterSeconds: number }).retryAfterSeconds
    }
    const after = (seconds: number) => claimOf({ key: keyOf(1), created: start + seconds, now: start + seconds })
    expect(wait).toBeGreaterThan(60)
    expect(() => store.claim(after(wait - 1))).toThrow(/no room/)
    expect(store.claim(after(wait))).toBe('accepted')
  })

  it('hold: what is forgotten is deleted, also by a claim that is refused', () => {
    const file = storeFile(client)
    const connection = file.connect()
    const store = file.store({ startsFresh: true, maxEntriesPerPrincipal: 1 }, connection)
    const rows = (): unknown[] =>
      ['nonces', 'buckets', 'principals'].map((table) => read(connection, `SELECT count(*) FROM countersign_${table}`))
    for (let number = 0; number < 100; number++) {
      store.claim(claimOf({ key: keyOf(number), principal: `signer-${number}` }))
    }
    const later = { created: start + 70, now: start + 70 }
    expect(store.claim(claimOf({ ...later, key: keyOf(100) }))).toBe('accepted')
    expect(rows()).toEqual([101, 2, 101])
    // The first bucket ends at start + 15.
    expect(() => store.claim(claimOf({ ...later, key: keyOf(101), now: start + 76 }))).toThrow(/no room/)
    expect(rows()).toEqual([1, 1, 1])
    expect(store.claim(claimOf({ created: start + 15, now: start + 75 }))).toBe('stale')
  })

  it('hold for the buckets that a claim looks into, however long the window is', () => {
    const file = storeFile(client)
    const connection = file.connect()
    const store = file.store({ startsFresh: true }, connection)
    const day = 86_400
    for (let hour = 0; hour < 100; hour++) {
      const created = start + hour * 3600
      const claim = claimOf({ key: keyOf(hour), created, forgetAfter: created + day, now: created })
      expect(store.claim(claim)).toBe('accepted')
      expect(store.claim({ ...claim, now: created + 1 })).toBe('replayed')
    }
    expect(read(connection, 'SELECT count(*) FROM countersign_buckets')).toBeLessThan(12)
    expect(read(connection, 'SELECT count(*) FROM countersign_nonces')).toBeGreaterThanOrEqual(24)
  })
})
