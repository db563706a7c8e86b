import { createSqliteReplayStore } from '@countersign/verifier/sqlite'
import { expect, it } from 'vitest'
import { claimOf } from '../claims.ts'
import { type Connection, describeSqlite, read, storeFile } from './sqlite-clients.ts'

/** A connection on which some SQL becomes other SQL. */
function altered(connection: Connection, alter: (sql: string) => string): Connection {
  return {
    exec: (sql) => connection.exec(alter(sql)),
    prepare: (sql) => connection.prepare(alter(sql)),
    close: () => connection.close(),
  }
}

describeSqlite('the configuration of SQLite', (client) => {
  it('is WAL with synchronous = FULL, whatever the client begins with', () => {
    const file = storeFile(client)
    const connection = file.connect()
    const store = file.store({ startsFresh: true }, connection)
    const settings = (): unknown[] => ['journal_mode', 'synchronous'].map((name) => read(connection, `PRAGMA ${name}`))
    expect(settings()).toEqual(['wal', 2])
    store.claim(claimOf())
    expect(settings()).toEqual(['wal', 2])
  })

  it.each([
    ['OFF', 2],
    ['NORMAL', 2],
    ['EXTRA', 3],
  ])('that says synchronous = %s becomes %i', (before, after) => {
    const file = storeFile(client)
    const connection = file.connect()
    connection.exec(`PRAGMA synchronous = ${before}`)
    file.store({}, connection)
    expect(read(connection, 'PRAGMA synchronous')).toBe(after)
  })

  it.each(['OFF', 'NORMAL'])('that stays at synchronous = %s is refused (attack 98)', (mode) => {
    const file = storeFile(client)
    const lax = altered(file.connect(), (sql) => sql.replace(/PRAGMA synchronous = \d/, `PRAGMA synchronous = ${mode}`))
    expect(() => file.store({}, lax)).toThrow(/synchronous = [01], and a power loss would forget/)
    expect(() => file.store({}, lax)).toThrow(TypeError)
  })

  it('that cannot have a WAL is refused', () => {
    const file = storeFile(client)
    const other = altered(file.connect(), (sql) => sql.replace('journal_mode = WAL', 'journal_mode = DELETE'))
    expect(() => file.store({}, other)).toThrow(/journal mode delete, not WAL: use a file on a local/)
  })

  it('that is in memory is refused, but where nothing was accepted before', () => {
    const memory = storeFile(client, ':memory:')
    expect(() => memory.store()).toThrow(TypeError)
    expect(() => memory.store()).toThrow(/in memory, and a restart would accept again what it accepted: open a file/)
    const store = memory.store({ startsFresh: true })
    expect([store.claim(claimOf()), store.claim(claimOf())]).toEqual(['accepted', 'replayed'])
  })

  it('within a transaction of somebody else is refused', () => {
    const file = storeFile(client)
    const connection = file.connect()
    connection.exec('BEGIN')
    expect(() => file.store({}, connection)).toThrow()
  })

  it.each([
    ['nothing', undefined],
    ['a path', 'replay.db'],
    ['an asynchronous client', { exec: async () => {}, prepare: () => ({ run: async () => {}, get: async () => {} }) }],
  ])('finds that %s is no connection', (_what, database) => {
    expect(() => createSqliteReplayStore(database as never)).toThrow(TypeError)
    expect(() => createSqliteReplayStore(database as never)).toThrow(/needs an open, synchronous SQLite connection/)
  })

  it.each([
    ['maxEntries: 0', { maxEntries: 0 }, /maxEntries must be a whole number from 1 on/],
    ['maxEntriesPerPrincipal: 1.5', { maxEntriesPerPrincipal: 1.5 }, /maxEntriesPerPrincipal/],
    ['busyTimeoutMilliseconds: -1', { busyTimeoutMilliseconds: -1 }, /busyTimeoutMilliseconds/],
    ['startFresh: true', { startFresh: true }, /no option "startFresh"/],
    ['a clock without a time', { clock: () => Number.NaN }, /clock\(\), in seconds, must be a whole number/],
  ])('finds the mistake in %s', (_what, options, message) => {
    const file = storeFile(client)
    expect(() => file.store(options as never)).toThrow(TypeError)
    expect(() => file.store(options as never)).toThrow(message)
  })

  it('leaves the tables of a later version alone', () => {
    const file = storeFile(client)
    file.store()
    file.connect().exec('UPDATE countersign_state SET version = 2')
    expect(() => file.store()).toThrow(/the tables have version 2, and this package knows 1: update it/)
  })
})
