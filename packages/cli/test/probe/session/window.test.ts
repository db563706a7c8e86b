import { describe, expect, it } from 'vitest'
import { measureWindow, type WindowParts } from '../../../src/commands/probe/session/window.ts'

/** A server with a window of a minute and ten seconds, to which a request takes as long as is said, in milliseconds. */
function serverAt(begin: number, delayOf: (request: number) => number): WindowParts & { readonly asked: () => number } {
  let [milliseconds, requests] = [begin, 0]
  const now = (): number => Math.floor(milliseconds / 1000)
  return {
    now,
    asked: () => requests,
    fresh: async ({ created = 0 }) => ({ kind: 'request', method: 'GET', target: String(created), headers: [], body }),
    async accepts({ target }) {
      requests += 1
      milliseconds += delayOf(requests)
      const age = now() - Number(target)
      return age <= 60 && age >= -10
    },
  }
}

const body = new Uint8Array()
const window = { maxAgeSeconds: 60, futureSkewSeconds: 10 }
const begin = 1_795_305_600_000

describe('the window of a server is measured', () => {
  it('within a second', async () => {
    const server = serverAt(begin, () => 1)
    expect(await measureWindow(server)).toEqual(window)
    expect(server.asked()).toBeLessThan(30)
  })

  it.each(Array.from({ length: 26 }, (_value, index) => index + 1))(
    'rightly where a second begins while request %d is on its way',
    async (slow) => {
      const server = serverAt(begin, (request) => (request === slow ? 1000 : 1))
      expect(await measureWindow(server)).toEqual(window)
    },
  )

  it('to a second where each answer takes one', async () => {
    const server = serverAt(begin, () => 1000)
    const { maxAgeSeconds, futureSkewSeconds } = await measureWindow(server)
    expect([maxAgeSeconds, futureSkewSeconds]).toEqual([59, 11])
    expect(server.asked()).toBeLessThan(120)
  })
})
