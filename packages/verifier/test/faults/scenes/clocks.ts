import { captureAll, type Fault, untilServed } from './fault.ts'

const all = ['memory', 'SQLite', 'Redis', 'Redis Cluster', 'PostgreSQL'] as const

/** Clocks that are stepped, and windows that change. */
export const clocks: readonly Fault[] = [
  {
    name: 'the clock of the verifier is stepped',
    attacks: [28, 29],
    story: '10 minutes forward, then back, then 10 minutes back, then forward, with requests in between',
    wrongFails: ['memory', 'SQLite'],
    play: async (scene) => {
      await captureAll(scene, 150)
      for (const seconds of [600, -600, -600, 600]) {
        await scene.stepClock(seconds)
        await scene.capture(20)
        await scene.replay()
      }
    },
  },
  {
    name: 'the clock of the engine is stepped',
    attacks: [28, 29],
    story: 'the same, with the clock that the engine sees',
    absent: { memory: 'it goes by the clock of the verifier', SQLite: 'it goes by the clock of the verifier' },
    wrongFails: ['Redis', 'Redis Cluster', 'PostgreSQL'],
    play: async (scene) => {
      await captureAll(scene, 150)
      for (const seconds of [600, -600, -600, 600]) {
        await scene.stepEngineClock(seconds)
        await scene.capture(20)
        await scene.replay()
      }
    },
  },
  {
    name: 'the window is made longer',
    attacks: [30],
    story: 'from 60 to 600 s across a restart of the verifier; messages that are 100 s old come again',
    wrongFails: all,
    play: async (scene) => {
      await captureAll(scene, 200)
      await scene.travel(100)
      await captureAll(scene, 20, 0)
      await scene.restart({ maxAgeSeconds: 600 })
      await scene.replay()
      await scene.travel(scene.task().futureSkewSeconds + 1)
      await untilServed(scene)
      await scene.replay()
    },
  },
  {
    name: 'a message comes from the edge of the future',
    attacks: [11],
    story:
      'created 8 s ahead of the clock, and again 62 s later, when a nonce of 60 s is gone and the message is still acceptable',
    wrongFails: all,
    task: { futureSkewSeconds: 10 },
    play: async (scene) => {
      await captureAll(scene, 100, -8)
      await scene.travel(62)
      await scene.replay()
      await untilServed(scene)
      await scene.replay()
    },
  },
]
