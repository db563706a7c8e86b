import { createPostgresReplayStore, postgresReplayStoreSql } from '@countersign/verifier/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { patience } from '../../patience.ts'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, clock, keyOf } from '../claims.ts'
import { attempt, newTable, quietStore, testPool } from './postgres-stores.ts'

const timeout = 60_000

describeWith('the configuration of PostgreSQL', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  /** Changes the whole server until the test is over. */
  async function configure(name: string, value: string): Promise<void> {
    const shown = async (): Promise<unknown> => (await server.sql(`SHOW ${name}`))[0]?.[name]
    await server.sql(`ALTER SYSTEM SET ${name} = ${value}`)
    await server.sql('SELECT pg_reload_conf()')
    await expect.poll(shown, patience).toBe(value)
    onTestFinished(() => reset(name))
  }

  async function reset(name: string): Promise<void> {
    await server.sql(`ALTER SYSTEM RESET ${name}`)
    await server.sql('SELECT pg_reload_conf()')
    await expect.poll(async () => (await server.sql(`SHOW ${name}`))[0]?.[name], patience).toBe('on')
  }

  async function expectRefusal(pool: pg.Pool, message: RegExp, options = {}): Promise<void> {
    const made = quietStore(pool, { table: newTable(), ...options })
    await expect(made).rejects.toThrow(message)
    await expect(made).rejects.toThrow(TypeError)
  }

  describe('is refused at the start (attack 98)', () => {
    it.each([
      ['fsync', /fsync = off, and a crash would forget/],
      ['full_page_writes', /full_page_writes = off, and a crash could destroy/],
    ])('with %s off', async (name, message) => {
      await configure(name, 'off')
      await expectRefusal(testPool(server.url()), message)
    })

    it('with synchronous_commit off, for the session, the role, the database or the server', async () => {
      const message = /synchronous_commit is off, .* ALTER ROLE \(or DATABASE\) ... SET synchronous_commit = on/
      await expectRefusal(testPool(server.url(), { options: '-c synchronous_commit=off' }), message)
      await server.sql('CREATE ROLE lax LOGIN SUPERUSER; ALTER ROLE lax SET synchronous_commit = off')
      await expectRefusal(testPool(server.url({ user: 'lax' })), message)
      await server.sql('CREATE DATABASE lax')
      await server.sql('ALTER DATABASE lax SET synchronous_commit = off')
      await expectRefusal(testPool(server.url({ database: 'lax' })), message)
      await configure('synchronous_commit', 'off')
      await expectRefusal(testPool(server.url()), message)
    })

    it('with a session that only reads', async () => {
      await expectRefusal(testPool(server.url(), { options: '-c default_transaction_read_only=on' }), /read-only/)
    })

    it.each(['', '_counts'])('with an UNLOGGED table, %s', async (suffix) => {
      const table = newTable()
      const pool = testPool(server.url())
      await quietStore(pool, { table })
      await server.sql(`ALTER TABLE ${table}${suffix} SET UNLOGGED`)
      await expectRefusal(pool, /not an ordinary logged table, .* ALTER TABLE ... SET LOGGED/, { table })
    })

    it('with a table of somebody else, which is left alone', async () => {
      const table = newTable()
      await server.sql(`CREATE TABLE ${table} (key uuid, bucket bigint)`)
      await expectRefusal(testPool(server.url()), /no nonces_\d+_\d+_counts/, { table })
      await server.sql(`CREATE TABLE ${table}_counts (amount int)`)
      await expectRefusal(testPool(server.url()), /is not one of this store: choose another name/, { table })
      expect(await server.sql(`SELECT proname FROM pg_proc WHERE proname LIKE '${table}%'`)).toEqual([])
    })

    it('with a table whose key is not unique', async () => {
      const table = newTable()
      const pool = testPool(server.url())
      await quietStore(pool, { table })
      await server.sql(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey`)
      await expectRefusal(pool, /is not one of this store/, { table })
    })

    it('with a trigger that is disabled', async () => {
      const table = newTable()
      const pool = testPool(server.url())
      await quietStore(pool, { table })
      await server.sql(`ALTER TABLE ${table} DISABLE TRIGGER ALL`)
      await expectRefusal(pool, /the trigger nonces_\w+_lost is missing or disabled/, { table })
    })

    it('with a table of a later version', async () => {
      const table = newTable()
      const pool = testPool(server.url())
      await quietStore(pool, { table })
      await server.sql(`UPDATE ${table} SET version = 2`)
      await expect(quietStore(pool, { table })).rejects.toThrow(/the table has version 2, and this package knows 1/)
    })
  })

  it.each(['synchronous_commit', 'fsync'])('that turns %s off later has no claim accepted', async (name) => {
    const store = await quietStore(testPool(server.url()), { table: newTable(), clock, startsFresh: true })
    expect(await store.claim(claimOf())).toBe('accepted')
    await configure(name, 'off')
    const later = async (): Promise<string> => String(await attempt(store, claimOf({ key: keyOf(1) })))
    await expect.poll(later, patience).toMatch(/a crash would forget what was accepted/)
    await reset(name)
    await expect.poll(() => attempt(store, claimOf()), patience).toBe('replayed')
  })

  describe('without the right to create', () => {
    /** A role that may use what is there, and nothing else. */
    async function plainRole(): Promise<string> {
      const role = `plain_${newTable()}`
      await server.sql(`CREATE ROLE ${role} LOGIN`)
      return role
    }

    it('says what to run, and takes what was made by it', async () => {
      const [table, role] = [newTable(), await plainRole()]
      const pool = testPool(server.url({ user: role }))
      await expectRefusal(pool, /could not create its tables: run what postgresReplayStoreSql\('public\.nonces/, {
        table,
      })
      await expectRefusal(pool, /there is no table public\.nonces\w+, .*: run what/, { table, createTable: false })
      await server.sql(postgresReplayStoreSql(table).replaceAll('\n', '\r\n'))
      await expectRefusal(pool, /the role lacks SELECT on nonces.*, DELETE on nonces.*: GRANT it/, { table })
      await server.sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table}, ${table}_counts TO ${role}`)
      for (const createTable of [false, true]) {
        const store = await quietStore(pool, { table, clock, createTable, startsFresh: true })
        expect(await store.claim(claimOf())).toBe(createTable ? 'replayed' : 'accepted')
      }
    })

    it('refuses routines that are not those of this package, and else puts them right', async () => {
      const table = newTable()
      const pool = testPool(server.url())
      await quietStore(pool, { table })
      const changed = postgresReplayStoreSql(table).replaceAll("'replayed'", "'accepted'")
      await server.sql(changed.slice(changed.indexOf('CREATE OR REPLACE')))
      const options = { table, clock, startsFresh: true }
      await expectRefusal(pool, /the routines of public\.nonces_\w+ are missing or not/, {
        ...options,
        createTable: false,
      })
      const store = await quietStore(pool, options)
      await expect(store.claim(claimOf())).rejects.toThrow(expect.objectContaining({ code: 'replay_store_starting' }))
    })
  })

  it('may be made by eight stores at once', async () => {
    const table = newTable()
    const stores = await Promise.all(
      Array.from({ length: 8 }, () => quietStore(testPool(server.url()), { table, clock, startsFresh: true })),
    )
    const answers = await Promise.all(stores.map((store) => store.claim(claimOf())))
    expect(answers.sort()).toEqual(['accepted', ...Array(7).fill('replayed')])
  })

  describe('takes as a table', () => {
    it.each(['Order', 'select', 'UPPER_case', '_', 'a'.repeat(50)])('%s', async (table) => {
      const pool = testPool(server.url())
      const store = await quietStore(pool, { table, clock, startsFresh: true })
      expect([await store.claim(claimOf()), await store.claim(claimOf())]).toEqual(['accepted', 'replayed'])
      expect(await server.sql(`SELECT FROM public."${table}"`)).toHaveLength(2)
    })

    it('one of another schema, whatever the search path', async () => {
      await server.sql('CREATE SCHEMA "Other"; CREATE ROLE wanderer LOGIN SUPERUSER')
      await server.sql('ALTER ROLE wanderer SET search_path = nowhere')
      const pool = testPool(server.url({ user: 'wanderer' }))
      for (const [index, table] of ['Other.nonces', 'nonces'].entries()) {
        const store = await quietStore(pool, { table, clock, startsFresh: true })
        expect(await store.claim(claimOf()), String(index)).toBe('accepted')
      }
      expect(await server.sql('SELECT FROM "Other".nonces')).toHaveLength(2)
    })
  })
})

describe('createPostgresReplayStore', () => {
  const never = { query: () => Promise.reject(new Error('nothing is asked')) }

  it.each([
    ['', /table must be "name" or "schema.name"/],
    ['a.b.c', /table must be/],
    ['1st', /table must be/],
    ['nonces; DROP TABLE users', /table must be/],
    ['nonces" (key', /table must be/],
    ["nonces'--", /table must be/],
    ['nönces', /table must be/],
    ['nonces\n', /table must be/],
    ['n'.repeat(51), /table must be/],
  ])('finds that %j is no table, and asks the server nothing', async (table, message) => {
    const made = createPostgresReplayStore(never, { table })
    await expect(made).rejects.toThrow(message)
    await expect(made).rejects.toThrow(TypeError)
    expect(() => postgresReplayStoreSql(table)).toThrow(TypeError)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a URL', 'postgres://127.0.0.1/'],
    ['an object', {}],
    ['a transaction of postgres.js', { unsafe: async () => [], savepoint: async () => [] }],
    ['a client that answers nothing', { query: async () => undefined }],
    ['a client of something else', { query: async () => ({ rows: [{ answer: 1 }] }) }],
  ])('finds that %s is no client', async (_what, client) => {
    await expect(createPostgresReplayStore(client as never)).rejects.toThrow(TypeError)
  })

  it.each([
    ['maxEntries: 0', { maxEntries: 0 }, /maxEntries must be a whole number from 1 on/],
    ['maxEntriesPerPrincipal: 1.5', { maxEntriesPerPrincipal: 1.5 }, /maxEntriesPerPrincipal/],
    ['startFresh: true', { startFresh: true }, /no option "startFresh"/],
    ['a clock without a time', { clock: () => Number.NaN }, /clock\(\), in seconds, must be a whole number/],
  ])('finds the mistake in %s', async (_what, options, message) => {
    const made = createPostgresReplayStore(never, options as never)
    await expect(made).rejects.toThrow(message)
    await expect(made).rejects.toThrow(TypeError)
  })

  it('says what the client says when there is no server', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
    await expect(createPostgresReplayStore(pool)).rejects.toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }))
    const sql = postgres({ host: '127.0.0.1', port: 1, connect_timeout: 15 })
    await expect(createPostgresReplayStore(sql)).rejects.toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }))
    await sql.end({ timeout: 0 })
  })
})
