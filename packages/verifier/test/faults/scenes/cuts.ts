import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Cut, startProxy } from '../engines/cutting-proxy.ts'
import { doors } from '../verifier/task.ts'
import { captureAll, type Fault, untilServed } from './fault.ts'
import type { Scene } from './scene.ts'
import { sendAll, sendEach } from './send.ts'

/** Connections that break when the other side has done what it was asked, and nobody has heard of it. */
export const cuts: readonly Fault[] = [
  {
    name: 'the answer to the client is cut off',
    attacks: [96, 104],
    story: 'the connection breaks before or within the answer, and the client sends the same bytes again, twice',
    wrongFails: [],
    play: async (scene) => {
      await sendCut(scene, 'before the answer')
      await sendCut(scene, 'within the answer')
      await scene.replay()
      expect(scene.runs(), 'each message ran once').toEqual({ ours: 100, wrong: 100 })
    },
  },
  {
    name: 'the answer of the engine is cut off',
    attacks: [96],
    story: 'the connection of the verifier breaks before or within the answer, and the same bytes come again and again',
    absent: {
      memory: 'there is no connection',
      SQLite: 'there is no connection',
      'Redis Cluster': 'the same as of one Redis',
    },
    wrongFails: [],
    setting: { isBehindProxy: true },
    play: async (scene) => {
      await captureAll(scene, 50)
      // Only what comes now need not be answered by the engine.
      await scene.restart({ replayTimeoutMilliseconds: 300 })
      for (const when of ['before the answer', 'within the answer'] as const) await cutEngine(scene, when)
    },
  },
]

/** A connection for each message, which is cut; then the same bytes on one that is not. */
async function sendCut(scene: Scene, when: Cut): Promise<void> {
  const requests = scene.sign(50)
  for (const door of doors) {
    const proxy = await startProxy(scene.verifier().ports[door])
    proxy.cut(when)
    expect(await sendEach(proxy.port, requests), `a request whose answer is cut ${when}`).toEqual(requests.map(() => 0))
    expect(proxy.cuts()).toBe(requests.length)
    await proxy.close()
  }
  await scene.replay(requests)
}

async function cutEngine(scene: Scene, when: Cut): Promise<void> {
  const proxy = scene.engine.proxy
  if (proxy === undefined) throw new Error('the engine is not behind a proxy')
  const before = proxy.cuts()
  for (let round = 0; round < 3; round++) {
    proxy.cut(when)
    const requests = scene.sign(10, 0)
    await sendAll(scene.verifier().ports.ours, requests)
    await sendAll(scene.verifier().ports.wrong, requests)
    await scene.replay(requests)
    proxy.cut('never')
    await scene.replay(requests)
    await setTimeout(50)
  }
  expect(proxy.cuts(), 'answers that were cut').toBeGreaterThan(before)
  await untilServed(scene)
  await scene.replay()
}
