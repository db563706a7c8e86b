import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { VerifyingKey } from '@countersign/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type ForgeCase, forgeTests } from '../case-tables.ts'
import { signerNamed, verifyingKeyNamed } from '../keys.ts'
import type { RawRequest } from '../raw-request.ts'
import { signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { expectVerdict, startFor } from '../verdict.ts'

const hostile = [
  '../../../../etc/passwd',
  'file:///etc/passwd',
  "' OR '1'='1' --",
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '{{7*7}}',
  '%00',
  'alice ',
  ' alice',
  'ALICE',
  'alice,bob',
  '*',
]

function named(keyId: string, what = keyId): Pick<ForgeCase, 'attack' | 'what' | 'forge'> {
  return { attack: 89, what: `keyid ${what}`, forge: { parameters: { keyid: `"${keyId}"` } } }
}

const keyIdCases: readonly ForgeCase[] = [
  ...hostile.map((keyId): ForgeCase => ({ ...named(keyId), expected: 'unknown_key' })),
  { ...named('k'.repeat(256), 'of 256 characters'), expected: 'unknown_key' },
  { ...named('k'.repeat(257), 'of 257 characters'), expected: 'malformed_parameter' },
  { ...named('k'.repeat(65_536), 'of 64 KiB'), expected: 431 },
  {
    ...named('k'.repeat(65_536), 'of 64 KiB that the HTTP parser lets through'),
    options: { maxHeaderBytes: 1 << 20 },
    expected: 'limit_exceeded',
    whereLost: { 'http1-only': 431 },
  },
]

/** Attack 89: a keyid is looked up as it stands, and never opened, fetched or interpreted. */
export function keyIdAttacks(target: AttackTarget): void {
  forgeTests(target, keyIdCases)

  it('attack 89: a keyid that is a URL is not fetched', async () => {
    const canary = await startCanary()
    const fetching = vi.spyOn(globalThis, 'fetch')
    onTestFinished(() => fetching.mockRestore())
    const running = await startFor(target)
    for (const scheme of ['http', 'https', 'ftp']) {
      const keyId = `${scheme}://127.0.0.1:${canary.port}/.well-known/jwks.json`
      await expectVerdict(running, signedRequest(running.now(), { key: signerNamed(keyId) }), 'unknown_key')
    }
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
    expect(canary.connections()).toBe(0)
    expect(fetching).not.toHaveBeenCalled()
  })

  it('attack 89: a resolver is asked for the very text, unescaped', async () => {
    const asked: string[] = []
    const trusted = await verifyingKeyNamed('alice')
    const keys = (keyId: string): VerifyingKey | undefined => {
      asked.push(keyId)
      return keyId === 'alice' ? trusted : undefined
    }
    const running = await startFor(target, { keys })
    const ask = (text: string): RawRequest => signedRequest(running.now(), { parameters: { keyid: text } })
    await expectVerdict(running, ask('"../%2e%2e/alice"'), 'unknown_key')
    await expectVerdict(running, ask('"a\\"b\\\\c"'), 'unknown_key')
    await expectVerdict(running, ask('"alice"'), 'accepted')
    expect(asked).toEqual(['../%2e%2e/alice', 'a"b\\c', 'alice'])
  })
}

/** A server that must not be called. */
async function startCanary(): Promise<{ readonly port: number; connections(): number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}
