import { describe, expect, test, vi } from 'vitest'
import { allFlaws, rightServers } from '../flaws/all-flaws.mjs'
import { startFlawed, stepsOf } from '../start-flawed.mjs'
import { probe } from './probe-run.ts'

// Most of a run is waiting: for a moment to pass, for a slow copy, for the end of a window.
vi.setConfig({ maxConcurrency: 16 })
const timeout = 180_000

/** How many cases of the probe are about the request to each right server, at least. */
const casesPlayed: Readonly<Record<string, number>> = {
  right: 91,
  'right-balance': 73,
  'right-ed25519': 91,
  'right-ecdsa': 91,
  'right-two-signers': 93,
  'right-short-window': 89,
  'right-home-made': 44,
}

describe('each flaw', () => {
  test('has a name and a title of its own', () => {
    for (const facts of [allFlaws.map(({ name }) => name), allFlaws.map(({ group, title }) => `${group}: ${title}`)]) {
      expect(new Set(facts).size).toBe(facts.length)
    }
    expect(allFlaws.length).toBeGreaterThanOrEqual(25)
  })

  test.each(allFlaws)('$name takes the place of one step', (flaw) => {
    const { right, flawed } = stepsOf(flaw)
    const changed = Object.keys(flawed).filter((step) => flawed[step as keyof typeof flawed] !== right[step as never])
    expect(changed).toHaveLength(1)
    expect(Object.keys(flawed)).toEqual(Object.keys(right))
  })
})

describe.concurrent('the probe finds', () => {
  test.for(allFlaws)('$name', { timeout }, async (flaw, { task, expect: check }) => {
    const { code, findings, report } = await probeServer(flaw)
    check(findings, report).toEqual(expect.arrayContaining([...flaw.caughtBy]))
    check(code).toBe(1)
    const { name, title, group, attacks, caughtBy } = flaw
    Object.assign(task.meta, { probe: { name, title, group, attacks, caughtBy, findings } })
  })
})

describe.concurrent('the probe finds nothing in', () => {
  test.for(rightServers)('$name', { timeout }, async (server, { expect: check }) => {
    const { code, complete, findings, inconclusive, played, report } = await probeServer(server)
    check(findings, report).toEqual([])
    check([code, complete]).toEqual([0, true])
    check(inconclusive).toEqual([])
    check(played.length).toBeGreaterThanOrEqual(casesPlayed[server.name] ?? Number.POSITIVE_INFINITY)
  })
})

async function probeServer(flaw: Parameters<typeof startFlawed>[0]): ReturnType<typeof probe> {
  const server = await startFlawed(flaw)
  try {
    return await probe(server.probeArguments)
  } finally {
    await server.close()
  }
}
