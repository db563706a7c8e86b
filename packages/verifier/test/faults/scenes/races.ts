import { expect } from 'vitest'
import { openConnection } from '../../attacks/raw-http.ts'
import { doors } from '../verifier/task.ts'
import type { Fault } from './fault.ts'

/** How many verifiers, or sockets of one. */
const contestants = 50

/** The same bytes from everywhere at once. */
export const races: readonly Fault[] = [
  {
    name: '50 verifiers race for a nonce',
    attacks: [5, 100],
    story: '50 processes on one store get the same bytes at once, ten messages one after another; memory: 50 sockets',
    wrongFails: [],
    play: async (scene) => {
      const isShared = scene.engine.address.kind !== 'memory'
      const others = isShared ? await scene.startOthers(contestants - 1) : []
      const verifiers = [scene.verifier(), ...others]
      for (const request of scene.sign(10)) {
        for (const door of doors) {
          const ports = Array.from(
            { length: contestants },
            (_v, i) => verifiers[i % verifiers.length]?.ports[door] ?? 0,
          )
          const statuses = await race(ports, request)
          scene.countReplays(door === 'ours' ? contestants - 1 : 0)
          if (door === 'ours') expect(statuses.sort(), 'of 50 at once').toEqual([200, ...Array(49).fill(401)])
        }
      }
    },
  },
]

/** Holds the last byte back on all sockets, and lets them go together. */
async function race(ports: readonly number[], request: Uint8Array): Promise<number[]> {
  const connections = await Promise.all(ports.map(openConnection))
  try {
    await Promise.all(connections.map((connection) => connection.write(request.subarray(0, -1))))
    const answers = connections.map(async (connection) => {
      void connection.write(request.subarray(-1))
      return (await connection.responses(1))[0]?.status ?? 0
    })
    return await Promise.all(answers)
  } finally {
    for (const connection of connections) connection.destroy()
  }
}
