import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { EngineSetting } from '../engines/engine.ts'
import type { Scene, TaskChanges } from './scene.ts'

/** The columns of the table. */
export const engineNames = ['memory', 'SQLite', 'Redis', 'Redis Cluster', 'PostgreSQL'] as const

/** A column. */
export type EngineName = (typeof engineNames)[number]

/** Something that befalls a verifier or its engine: a row of the table. */
export interface Fault {
  readonly name: string
  /** Numbers of the attack catalogue. */
  readonly attacks: readonly number[]
  /** What is done, for the page. */
  readonly story: string
  /** Why an engine does not suffer it. */
  readonly absent?: Readonly<Partial<Record<EngineName, string>>>
  /** Where a store that keeps a nonce for a while must fail, or this test cannot. */
  readonly wrongFails: readonly EngineName[]
  readonly setting?: EngineSetting
  readonly task?: TaskChanges
  /** It plays the fault, and itself checks that the handler ran where it should. */
  readonly play: (scene: Scene) => Promise<void>
}

/** Captures messages of which our door must let each in: a store that refuses everything passes no test. */
export async function captureAll(scene: Scene, count: number, age?: number): Promise<void> {
  const { ours } = await scene.capture(count, age)
  expect(ours, 'before the fault').toEqual(ours.map(() => 200))
}

/** Waits until our door lets in what is new, as it must some seconds after each fault. */
export async function untilServed(scene: Scene): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const { ours } = await scene.capture(1, 0)
    if (ours[0] === 200) return
    expect(Date.now(), `served after the fault, and not ${ours[0]}`).toBeLessThan(deadline)
    await setTimeout(100)
  }
}

/** Everything again: at once, in the middle of the window, and at the end of it. */
export async function replayThroughWindow(scene: Scene): Promise<void> {
  await scene.replay()
  await scene.travel(scene.task().futureSkewSeconds + 1)
  await untilServed(scene)
  await scene.replay()
  await scene.travel(scene.task().maxAgeSeconds - 8)
  await scene.replay()
}
