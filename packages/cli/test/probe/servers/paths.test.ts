import { createMemoryReplayStore, type ReplayStore } from '@countersign/verifier'
import { createVerifier } from '@countersign/verifier/node'
import { describe, expect, it } from 'vitest'
import { dotSegments } from '../../../src/commands/probe/cases/anybody/disguises.ts'
import { rewrittenTargets } from '../../../src/commands/probe/cases/anybody/request-target.ts'
import type { RawRequest } from '../../../src/messages/raw-message.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { idsOf, type Probed, probe, writeKey } from '../probing.ts'
import { startHonestServer, startServer } from '../test-server.ts'

const file = temporaryFolder()
const origin = 'https://bank.example'

describe('a path with dot segments', () => {
  const request: RawRequest = {
    kind: 'request',
    method: 'GET',
    target: '/a/b?c=d',
    headers: [],
    body: new Uint8Array(),
  }
  const hrefOf = ({ target }: RawRequest): string => new URL(origin + target).href

  it.each(dotSegments)('%s is the one that was signed, for whoever parses URLs', (_what, edit) => {
    expect(edit(request).target).not.toBe(request.target)
    expect(hrefOf(edit(request))).toBe(hrefOf(request))
  })

  it.each(rewrittenTargets)('%s is another one', (_what, edit) => {
    expect(hrefOf(edit(request))).not.toBe(hrefOf(request))
  })
})

describe('a server that resolves dot segments before it verifies', () => {
  interface Habits {
    readonly store?: (rawTarget: () => string) => ReplayStore
    readonly answer?: (rawTarget: string) => object
  }

  async function scan({ store, answer = () => ({}) }: Habits): Promise<Probed> {
    const key = file('key.jwk')
    const keys = [await writeKey(key)]
    let raw = ''
    const server = await startServer((self) => {
      const replayStore = store?.(() => raw) ?? createMemoryReplayStore({ startsFresh: true })
      const verify = createVerifier({ keys, origin: self, replayStore })
      return async (request, response, run) => {
        raw = request.url ?? ''
        request.url = raw.replace(/^\/x\/(?:\.\.|%2e%2e)\/|^\/\.[/\\]/, '/')
        const isVerified = await verify(request).then(
          () => true,
          () => false,
        )
        response.writeHead(isVerified ? 201 : 401, { 'content-type': 'application/json' })
        response.end(JSON.stringify(isVerified ? { id: run(), ...answer(raw) } : {}))
      }
    })
    const transfer = ['POST', `${server.origin}/transfers`, '-d', '{"to":"bob","amount":1}', '-k', key]
    const ids = ['dot-segments', 'target-rewritten', 'path-altered'].flatMap((id) => ['--case', id])
    return probe([...transfer, ...ids, '--count-url', `${server.origin}/count`])
  }

  it('lets in what was signed, and once', async () => {
    const { code, report } = await scan({})
    expect([code, idsOf(report, 'held')]).toEqual([0, ['dot-segments', 'path-altered', 'target-rewritten']])
    const [segments] = report.cases
    expect(segments?.evidence.filter(({ accepted }) => accepted > 0).map(({ sent }) => sent)).toEqual([
      'a freshly signed request',
      ...dotSegments.map(([what]) => `${what}, before the original`),
    ])
  })

  it('is found where it remembers the path as it was sent', async () => {
    const seen = new Set<string>()
    const store = (rawTarget: () => string): ReplayStore => ({
      async claim({ key }) {
        const memory = `${key} ${rawTarget()}`
        if (seen.has(memory)) return 'replayed'
        seen.add(memory)
        return 'accepted'
      },
    })
    const { code, report } = await scan({ store })
    expect([code, idsOf(report, 'finding')]).toEqual([1, ['dot-segments']])
  })

  it('is found where it does something else for the path as it was sent', async () => {
    const { code, report } = await scan({ answer: (raw) => (raw.startsWith('/x/') ? { admin: true } : {}) })
    expect([code, idsOf(report, 'finding')]).toEqual([1, ['dot-segments']])
    expect(report.cases[0]?.reason).toContain('as what was signed')
  })
})

describe('another service that knows the same keys', () => {
  it.each(['host', 'x-forwarded-host', 'forwarded'])('and believes %s is found', async (field) => {
    const key = file('service.jwk')
    const keys = [await writeKey(key)]
    const first = await startHonestServer({ keys })
    const second = await startServer((self) => {
      const verify = createVerifier({
        keys,
        replayStore: createMemoryReplayStore({ startsFresh: true }),
        origin: (request) => {
          const host = request.headers[field]?.toString()
          return host === undefined ? self : `http://${/host="([^"]+)"/.exec(host)?.[1] ?? host}`
        },
      })
      return async (request, response) => {
        const isVerified = await verify(request).then(
          () => true,
          () => false,
        )
        response.writeHead(isVerified ? 201 : 401).end()
      }
    })
    const args = ['POST', `${first.origin}/transfers`, '-k', key, '-d', '{"to":"bob","amount":1}']
    const { report } = await probe([...args, '--also', second.origin, '--case', 'replay-elsewhere'])
    expect(idsOf(report, 'finding')).toEqual(['replay-elsewhere'])
    const wrong = report.cases[0]?.evidence.filter((line) => line.wrong).map(({ sent }) => sent)
    const suffix = { host: '', 'x-forwarded-host': ', with X-Forwarded-Host', forwarded: ', with Forwarded' }[field]
    expect(wrong).toContain(`the same bytes to ${second.origin}${suffix}`)
  })
})
