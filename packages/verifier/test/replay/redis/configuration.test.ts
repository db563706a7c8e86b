import { createRedisReplayStore, type RedisClient } from '@countersign/verifier/redis'
import { createClient, RESP_TYPES } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { claimOf, clock, untold } from '../claims.ts'
import { answerOf, clientOf, describeRedis, newPrefix, storeOn } from './redis-stores.ts'

describe('createRedisReplayStore', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a URL', 'redis://127.0.0.1:6379'],
    ['a client of another protocol', { query: async () => {} }],
    ['a client that wants an object for each command', { set: async () => {}, get: async () => {} }],
  ])('finds that %s is no client', async (_what, client) => {
    await expect(createRedisReplayStore(client as never)).rejects.toThrow(TypeError)
    await expect(createRedisReplayStore(client as never)).rejects.toThrow(/needs a client: one of node-redis/)
  })

  it.each([
    ['maxEntries: 0', { maxEntries: 0 }, /maxEntries must be a whole number from 1 on/],
    ['maxEntriesPerPrincipal: 1.5', { maxEntriesPerPrincipal: 1.5 }, /maxEntriesPerPrincipal/],
    ['partitions: 0', { partitions: 0 }, /partitions must be a whole number from 1 on/],
    ['startFresh: true', { startFresh: true }, /no option "startFresh"/],
    ['keyPrefix: ""', { keyPrefix: '' }, /keyPrefix must be 1 to 200 characters, without braces/],
    ['keyPrefix: "{app}"', { keyPrefix: '{app}' }, /keyPrefix must be 1 to 200 characters, without braces/],
    ['a clock without a time', { clock: () => Number.NaN }, /clock\(\), in seconds, must be a whole number/],
  ])('finds the mistake in %s before it asks the server', async (_what, options, message) => {
    const never: RedisClient = { call: () => Promise.reject(new Error('it was asked')) }
    await expect(createRedisReplayStore(never, options as never)).rejects.toThrow(TypeError)
    await expect(createRedisReplayStore(never, options as never)).rejects.toThrow(message)
  })

  /** What the inspection of a good server says, but for one thing. */
  const sha1 = '0'.repeat(40)
  const history = 'f'.repeat(40)

  it.each([
    [`${sha1} 6.0.16 master ${history} noeviction`, /Redis 6.0.16, and the store needs Redis 6.2 or later/],
    [`${sha1} 5.0.7 master ${history} noeviction`, /Redis 5.0.7/],
    [`${sha1} ? master ${history} noeviction`, /Redis \?/],
    [`${sha1} 7.4.0 slave ${history} noeviction`, /connect it to the primary/],
    [`${sha1} 7.4.0 master ? noeviction`, /no master_replid/],
    [`${sha1} 7.4.0 master ${history} ?`, /maxmemory-policy \?/],
    ['OK', /Redis /],
  ])('refuses a server that says %s', async (reply, message) => {
    const client: RedisClient = { call: async () => reply }
    await expect(createRedisReplayStore(client)).rejects.toThrow(TypeError)
    await expect(createRedisReplayStore(client)).rejects.toThrow(message)
  })

  it('has the error of a client that cannot reach its server', async () => {
    const client: RedisClient = { call: () => Promise.reject(new Error('connect ECONNREFUSED')) }
    await expect(createRedisReplayStore(client)).rejects.toThrow('ECONNREFUSED')
  })
})

describeRedis('a client', (server) => {
  it('that is a pool of node-redis, or gives bytes for text, will do', async () => {
    const url = `redis://127.0.0.1:${server().port}`
    const client = createClient({ url, commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } })
    const pool = await createClient({ url }).createPool()
    await Promise.all([client.connect(), pool.connect()])
    onTestFinished(() => {
      client.destroy()
      pool.destroy()
    })
    const options = { startsFresh: true, clock, keyPrefix: newPrefix() }
    const onClient = await createRedisReplayStore(client as RedisClient, options)
    const onPool = await createRedisReplayStore(pool as RedisClient, options)
    expect(await onClient.claim(claimOf())).toBe('accepted')
    expect(await onPool.claim(claimOf())).toBe('replayed')
  })

  it('that is a pipeline, and promises nothing, is refused', async () => {
    const pipeline = clientOf(server()).pipeline()
    await expect(createRedisReplayStore(pipeline as never)).rejects.toThrow(/an answer that is no text/)
  })

  it.each([
    ['nothing', undefined],
    ['a number', 1],
    ['other text', 'OK'],
    ['an answer without claims', '1700000000 - - - - .'],
    ['too few answers', '1700000000 - - - -  .'],
    ['an outcome that there is not', '1700000000 - - - - x .'],
    ['a start without a time', '1700000000 - - - - n .'],
  ])('whose claims are answered with %s lets nobody in', async (_what, reply) => {
    const redis = clientOf(server())
    let isBroken = false
    const client: RedisClient = { call: async (...args: [string]) => (isBroken ? reply : redis.call(...args)) }
    const store = await createRedisReplayStore(client, { startsFresh: true, clock, keyPrefix: newPrefix(), ...untold })
    isBroken = true
    await expect(store.claim(claimOf())).rejects.toThrow(/^(Redis gave an answer|the Redis client gave an answer)/)
    isBroken = false
    expect(await store.claim(claimOf())).toBe('accepted')
  })
})

describeRedis('a history', (server) => {
  it('of a later version is left alone', async () => {
    const keyPrefix = newPrefix()
    const store = await storeOn(server(), { startsFresh: true, clock, keyPrefix })
    await server().command('HSET', `{${keyPrefix}:0}:state`, 'version', '2')
    await expect(storeOn(server(), { clock, keyPrefix })).rejects.toThrow(/written by version 2 of the store/)
    await expect(store.claim(claimOf())).rejects.toThrow(/written by version 2/)
  })

  it('is not begun anew by a second store, nor made fresh by it', async () => {
    const keyPrefix = newPrefix()
    const first = await storeOn(server(), { clock, keyPrefix })
    const again = await storeOn(server(), { clock: () => clock() + 60_000, keyPrefix, startsFresh: true })
    expect(await answerOf(first, claimOf())).toBe('replay_store_starting')
    expect(await answerOf(again, claimOf({ now: clock() / 1000 + 60 }))).toBe('replay_store_starting')
  })

  it('needs of an access list no more than the page says', async () => {
    const allowed = ['eval', 'evalsha', 'info', 'time', 'hgetall', 'hset', 'hdel', 'hmget', 'scard', 'sadd']
    const commands = [...allowed, 'smismember', 'exists', 'unlink'].map((name) => `+${name}`)
    await server().command('ACL', 'SETUSER', 'replay', 'on', '>secret', '~{countersign:*', ...commands)
    const { Redis } = await import('ioredis')
    const client = new Redis({ host: '127.0.0.1', port: server().port, username: 'replay', password: 'secret' })
    onTestFinished(() => client.disconnect())
    let seconds = clock() / 1000
    const store = await createRedisReplayStore(client, { startsFresh: true, clock: () => seconds * 1000, ...untold })
    expect(await store.claim(claimOf())).toBe('accepted')
    seconds += 200
    expect(await store.claim(claimOf({ created: seconds, now: seconds }))).toBe('accepted')
    await expect(createRedisReplayStore(client, { keyPrefix: 'other' })).rejects.toThrow(
      /NOPERM|can't|cannot|permission/i,
    )
  })
})
