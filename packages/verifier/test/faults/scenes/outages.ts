import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { captureAll, type Fault, replayThroughWindow, untilServed } from './fault.ts'
import type { Scene } from './scene.ts'

const embedded = {
  memory: 'it is part of the verifier',
  SQLite: 'it is part of the verifier',
} as const

const asOneRedis = 'the same as of one Redis'

/** Starts traffic, and does something in the midst of it. */
async function midTraffic(scene: Scene, disturb: () => Promise<void>): Promise<void> {
  await captureAll(scene, 100)
  const sent = scene.capture(150)
  await setTimeout(25)
  await disturb()
  await sent
}

async function killEngine(scene: Scene): Promise<void> {
  await midTraffic(scene, async () => scene.engine.kill?.())
  await scene.engine.start?.()
  await scene.replay()
  await setTimeout(500)
  await replayThroughWindow(scene)
}

/** Ends what runs, and starts it again. */
export const outages: readonly Fault[] = [
  {
    name: 'the verifier is killed and restarted',
    attacks: [92, 93],
    story: '`kill -9` of the verifier process, once after its handler ran and once while requests come in',
    wrongFails: ['memory'],
    play: async (scene) => {
      await captureAll(scene, 200)
      await scene.restart()
      await scene.replay()
      await scene.travel(scene.task().futureSkewSeconds + 1)
      await untilServed(scene)
      const sent = scene.capture(150)
      await setTimeout(25)
      await scene.restart()
      await sent
      await replayThroughWindow(scene)
    },
  },
  {
    name: 'the engine is killed and restarted',
    attacks: [92, 95],
    story: '`kill -9` of the engine while requests come in. Redis keeps nothing on disk',
    absent: embedded,
    wrongFails: ['Redis', 'Redis Cluster'],
    play: killEngine,
  },
  ...(['everysec', 'always'] as const).map(
    (fsync): Fault => ({
      name: `Redis with appendonly ${fsync} is killed and restarted`,
      attacks: [92, 95],
      story: 'the same with what Redis keeps on disk',
      absent: { ...embedded, 'Redis Cluster': asOneRedis, PostgreSQL: 'it is the row above' },
      wrongFails: [],
      setting: { arguments: ['--appendonly', 'yes', '--appendfsync', fsync] },
      play: killEngine,
    }),
  ),
  {
    name: 'the engine hangs',
    attacks: [95, 96],
    story: '`SIGSTOP`, later `SIGCONT`; SQLite: another process holds the lock. Meanwhile each request must be a 503',
    absent: { memory: 'there is nothing to wait for' },
    wrongFails: [],
    play: async (scene) => {
      await captureAll(scene, 100)
      // On a busy machine an honest engine may take longer to answer.
      await scene.restart({ replayTimeoutMilliseconds: 400 })
      const before = scene.runs()
      await scene.engine.pause?.()
      const { ours } = await scene.capture(5, 0)
      expect(ours, 'while the engine hangs').toEqual([503, 503, 503, 503, 503])
      expect(scene.runs().ours, 'runs while the engine hangs').toBe(before.ours)
      await scene.engine.resume?.()
      await untilServed(scene)
      await scene.replay()
      await replayThroughWindow(scene)
    },
  },
]

/** Takes away what it knows. */
export const losses: readonly Fault[] = [
  {
    name: 'the engine is emptied',
    attacks: [97],
    story: '`FLUSHALL`, `TRUNCATE`, `DELETE` of all rows while requests come in',
    absent: { memory: 'nobody else can reach it' },
    wrongFails: ['SQLite', 'Redis', 'Redis Cluster', 'PostgreSQL'],
    play: async (scene) => {
      await midTraffic(scene, async () => scene.engine.wipe?.())
      await replayThroughWindow(scene)
    },
  },
  {
    name: 'a copy takes over that missed the last',
    attacks: [97],
    story: 'replication is cut, the primary accepts more and is killed, the copy is promoted',
    absent: { ...embedded, 'Redis Cluster': asOneRedis },
    wrongFails: ['Redis', 'PostgreSQL'],
    setting: { hasCopy: true },
    play: async (scene) => {
      await captureAll(scene, 50)
      await scene.engine.cutReplication?.()
      await captureAll(scene, 100)
      await scene.engine.failOver?.()
      await scene.replay()
      await setTimeout(500)
      await scene.replay()
      await scene.restart()
      await replayThroughWindow(scene)
    },
  },
  {
    name: 'the engine goes back to an old snapshot',
    attacks: [92, 97],
    story: 'Redis saves, accepts more, is killed, and starts on what it saved',
    absent: {
      memory: embedded.memory,
      SQLite: 'it cannot know: see its page',
      'Redis Cluster': asOneRedis,
      PostgreSQL: 'it cannot know: see its page',
    },
    wrongFails: ['Redis'],
    play: async (scene) => {
      await captureAll(scene, 50)
      await scene.engine.saveSnapshot?.()
      await captureAll(scene, 100)
      await scene.engine.kill?.()
      await scene.engine.start?.()
      await scene.replay()
      await setTimeout(500)
      await replayThroughWindow(scene)
    },
  },
  {
    name: 'the store is full',
    attacks: [94],
    story:
      'three times as many messages as there is room for. The wrong ones evict the oldest; Redis and PostgreSQL grow',
    wrongFails: ['memory', 'SQLite'],
    task: { maxEntries: 100 },
    play: async (scene) => {
      const { ours } = await scene.capture(300, 0)
      const accepted = ours.filter((status) => status === 200).length
      // Each partition of Redis has its share of the room, rounded up; PostgreSQL may pass its cap by the batches in flight.
      const most = { 'redis-cluster': 112, postgres: 200 } as Record<string, number>
      expect(accepted, 'messages let in').toBeGreaterThanOrEqual(100)
      expect(accepted, 'messages let in').toBeLessThanOrEqual(most[scene.engine.address.kind] ?? 100)
      expect(ours.filter((status) => status === 503).length, 'messages refused').toBe(300 - accepted)
      await scene.replay()
      await scene.travel(40)
      await scene.replay()
      await scene.travel(60)
      await untilServed(scene)
    },
  },
]
