import { ecdsaP256Sha256, ed25519, hmacSha256 } from '@countersign/core'
import { createMemoryReplayStore, createServerNonces } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { allCases } from '../../src/commands/probe/cases/all-cases.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { idsOf, probe, writeKey } from './probing.ts'
import { startHonestServer } from './test-server.ts'

const file = temporaryFolder()
const transfer = ['-d', '{"to":"bob","amount":1}']

describe('an honest server', () => {
  it('holds against every case that is for it, by its answers and by its count', { timeout: 90_000 }, async () => {
    const path = file('alice.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const args = ['POST', `${server.origin}/transfers`, '-k', path, ...transfer]
    const { code, report } = await probe([...args, '--count-url', `${server.origin}/count`])
    expect(idsOf(report, 'finding')).toEqual([])
    expect(idsOf(report, 'inconclusive')).toEqual([])
    expect(code).toBe(0)
    expect(report.summary).toEqual({
      findings: 0,
      implied: 0,
      held: 91,
      inconclusive: 0,
      notApplicable: allCases.length - 91,
    })
    expect(report.count).toEqual({ perControl: 1 })
    expect(report.window).toEqual({ maxAgeSeconds: 60, futureSkewSeconds: 10 })
    expect(report).toMatchObject({ complete: true, interrupted: false, remarks: [], control: { accepted: true } })
    // Each case had something refused, unless it measures, or asks for something to be let in.
    const quiet = report.cases.filter(
      ({ outcome, evidence }) => outcome === 'held' && !evidence.some(({ expected }) => expected !== 'let in'),
    )
    expect(quiet.map(({ id }) => id)).toEqual(['time-window', 'junk-beside-valid'])
    // 13 seconds are usual, of which 8 are waiting.
    expect(report.milliseconds).toBeLessThan(60_000)
    expect(report.requests).toBeLessThanOrEqual(1500)
  })

  it.each([
    ['HMAC', hmacSha256],
    ['ECDSA', ecdsaP256Sha256],
  ])('holds with %s, and two keys', async (name, algorithm) => {
    const paths = [file(`${name}-1.jwk`), file(`${name}-2.jwk`)] as const
    const keys = [await writeKey(paths[0], algorithm, 'alice'), await writeKey(paths[1], ed25519, 'carol')]
    const server = await startHonestServer({ keys })
    const args = ['POST', `${server.origin}/transfers?a=1&b=2`, '-k', paths[0], '--second-key', paths[1], ...transfer]
    const { code, report } = await probe([...args, '--wait', '0', '--count-url', `${server.origin}/count`])
    expect([idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([[], []])
    expect(code).toBe(0)
    expect(idsOf(report, 'held')).toEqual(
      expect.arrayContaining([
        'flood',
        'nonce-of-two-keys',
        'query-reordered',
        'query-duplicated',
        'algorithm-confused',
      ]),
    )
  })

  it('holds where it is read from', async () => {
    const path = file('reader.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const { code, report } = await probe(['GET', `${server.origin}/balance?account=7`, '-k', path, '--wait', '0'])
    expect([code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    expect(idsOf(report, 'held')).toEqual(expect.arrayContaining(['get-head-swapped', 'body-added', 'query-altered']))
    expect(idsOf(report, 'not-applicable')).toEqual(
      expect.arrayContaining(['body-swapped', 'uncovered-content-digest']),
    )
  })

  it('holds where it issues the nonces', async () => {
    const path = file('challenged.jwk')
    const nonces = await createServerNonces({ secret: new Uint8Array(32).fill(7) })
    const server = await startHonestServer({ keys: [await writeKey(path)], nonces })
    const { code, report } = await probe(['POST', `${server.origin}/transfers`, '-k', path, ...transfer, '--wait', '0'])
    expect([code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    expect(idsOf(report, 'held')).toContain('server-nonce')
    expect(report.remarks).toEqual([expect.stringContaining('issues nonces')])
  })

  it('holds on two nodes that share a store', async () => {
    const path = file('nodes.jwk')
    const keys = [await writeKey(path)]
    const replayStore = createMemoryReplayStore({ startsFresh: true })
    const first = await startHonestServer({ keys, replayStore })
    const second = await startHonestServer({ keys, replayStore, origin: first.origin })
    const args = ['POST', `${first.origin}/transfers`, '-k', path, ...transfer, '--case', 'replay-elsewhere']
    const shared = await probe([...args, '--also', second.origin])
    expect([shared.code, idsOf(shared.report, 'held')]).toEqual([0, ['replay-elsewhere']])
    const alone = await startHonestServer({ keys, origin: first.origin })
    const apart = await probe([...args, '--also', alone.origin])
    expect([apart.code, idsOf(apart.report, 'finding')]).toEqual([1, ['replay-elsewhere']])
  })

  it('holds over IPv6', async () => {
    const path = file('six.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] }, { host: '::1' })
    const { code, report } = await probe(['POST', `${server.origin}/transfers`, '-k', path, ...transfer, '--wait', '0'])
    expect([code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    expect(report.target.url).toMatch(/^http:\/\/\[::1\]:\d+\/transfers$/)
  })

  it('is waited for while it starts', async () => {
    const path = file('starting.jwk')
    const server = await startHonestServer({
      keys: [await writeKey(path)],
      replayStore: createMemoryReplayStore(),
      futureSkewSeconds: 1,
    })
    const args = ['POST', `${server.origin}/transfers`, '-k', path, ...transfer, '--case', 'replay']
    const { code, report } = await probe(args)
    expect([code, idsOf(report, 'held')]).toEqual([0, ['replay']])
  })
})
