import { createMessageVerifier } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { redisMissing, redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { signedMessage, verifierSetup } from '../../signed-message.ts'
import { claimOf, clock, keyOf, start } from '../claims.ts'
import { answerAfterOutage, describeRedis, ownRedis, storeOn } from './redis-stores.ts'

const unavailable = expect.objectContaining({ code: 'replay_store_unavailable' })

/** Where the store answers, however busy the machine is. */
const patient = { replayTimeoutMilliseconds: 20_000 }

describeWith('a verifier whose Redis', redisProgram, redisMissing, () => {
  it('hangs refuses, and lets a message in at most once when it answers again (attacks 95 and 96)', async () => {
    const { key, options } = await verifierSetup()
    const server = await ownRedis()
    const replayStore = await storeOn(server, { startsFresh: true, clock: options.clock ?? clock })
    const verify = createMessageVerifier({ ...options, replayStore, ...patient })
    const hasty = createMessageVerifier({ ...options, replayStore, replayTimeoutMilliseconds: 100 })
    const request = await signedMessage(key)
    server.pause()
    await expect(hasty(request)).rejects.toThrow(unavailable)
    server.resume()
    // The claim was on its way: it is made now, and nobody was told that it was accepted.
    await expect(verify(request)).rejects.toThrow(expect.objectContaining({ code: 'replayed' }))
    await expect(verify(await signedMessage(key))).resolves.toMatchObject({ keyId: 'alice' })
  })

  it('is gone refuses, and begins anew when it is back (attack 95)', async () => {
    const { key, options } = await verifierSetup()
    const server = await ownRedis()
    const replayStore = await storeOn(server, { startsFresh: true, clock: options.clock ?? clock })
    const verify = createMessageVerifier({ ...options, replayStore, ...patient })
    const hasty = createMessageVerifier({ ...options, replayStore, replayTimeoutMilliseconds: 200 })
    const request = await signedMessage(key)
    await expect(verify(request)).resolves.toMatchObject({ keyId: 'alice' })
    await server.kill()
    await expect(hasty(request)).rejects.toThrow(unavailable)
    await server.start()
    // Until the client has found it again.
    let answer = 'replay_store_unavailable'
    while (answer === 'replay_store_unavailable') {
      answer = await verify(request).then(
        () => 'accepted',
        (error) => error.code,
      )
    }
    expect(answer).toBe('replay_store_starting')
  })
})

describeRedis('a connection that is cut', (server) => {
  it('in the midst of claims lets in nothing twice', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock })
    const accepted = new Set<number>()
    for (let round = 0; round < 20; round++) {
      const claims = Array.from({ length: 20 }, async (_value, index) => {
        const number = round * 10 + index
        const said = await answerAfterOutage(store, claimOf({ key: keyOf(number) }))
        if (said !== 'accepted') return
        expect(accepted.has(number)).toBe(false)
        accepted.add(number)
      })
      await server().command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await Promise.all(claims)
    }
    for (let number = 0; number < 210; number++) {
      expect(await answerAfterOutage(store, claimOf({ key: keyOf(number) }))).toBe('replayed')
    }
  })
})

describeRedis('a server that is told', (server) => {
  it('to forget its scripts is given them again', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock })
    expect(await store.claim(claimOf())).toBe('accepted')
    await server().command('SCRIPT', 'FLUSH')
    expect(await store.claim(claimOf())).toBe('replayed')
    await server().command('SCRIPT', 'FLUSH')
    const claims = Array.from({ length: 300 }, (_value, number) => store.claim(claimOf({ key: keyOf(number + 1) })))
    expect(new Set(await Promise.all(claims))).toEqual(new Set(['accepted']))
  })

  it('to write only with replicas refuses', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock })
    await server().command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    await expect(store.claim(claimOf())).rejects.toThrow(/NOREPLICAS/)
    await server().command('CONFIG', 'SET', 'min-replicas-to-write', '0')
    expect(await store.claim(claimOf({ created: start + 1, now: start + 1 }))).toBe('accepted')
  })
})
