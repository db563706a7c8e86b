import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeSqlite } from '../replay/sqlite/sqlite-clients.ts'
import { postgresInstalled, postgresMissing } from '../servers/postgres-server.ts'
import { redisMissing, redisProgram } from '../servers/redis-server.ts'
import { describeWith } from '../servers/required.ts'
import { findFakeTime } from '../servers/server.ts'
import { memory, sqlite } from './engines/embedded.ts'
import type { Engine } from './engines/engine.ts'
import { postgres } from './engines/postgres.ts'
import { redis, redisCluster } from './engines/redis.ts'
import { type Cells, cellName, ourCells, storiesOf, tableOf, writePart, writtenPart } from './fault-table.ts'
import { clocks } from './scenes/clocks.ts'
import { crowds } from './scenes/crowds.ts'
import { cuts } from './scenes/cuts.ts'
import type { Fault } from './scenes/fault.ts'
import { losses, outages } from './scenes/outages.ts'
import { races } from './scenes/races.ts'
import { openScene } from './scenes/scene.ts'
import { buildPrograms, type Programs } from './verifier/start-verifier.ts'

const faults = [...outages, ...losses, ...clocks, ...cuts, ...races, ...crowds]

/** Servers that start, and 1,000,000 nonces, take their time on a small machine. */
const timeout = 300_000

const folder = mkdtempSync(join(tmpdir(), 'countersign-fault-programs-'))
const cells: Cells = new Map()
let programs: Programs

beforeAll(async () => {
  programs = await buildPrograms(folder)
})

afterAll(() => {
  console.info(`accepted twice, ours / wrong of messages sent again:\n${tableOf(faults, cells)}`)
  rmSync(folder, { recursive: true, force: true })
})

describe('memory', () => declareFaults(memory))

describeSqlite('SQLite', (client) => declareFaults(sqlite(client)))

const fakeTime = findFakeTime()
const serversMissing = (missing: string): string =>
  fakeTime ? missing : 'libfaketime is not installed: npm run services'

describeWith('Redis', redisProgram && fakeTime, serversMissing(redisMissing), () => declareFaults(redis))

describeWith('Redis Cluster', redisProgram && fakeTime, serversMissing(redisMissing), () => declareFaults(redisCluster))

describeWith('PostgreSQL', postgresInstalled && fakeTime, serversMissing(postgresMissing), () => {
  const engine = postgres()
  afterAll(engine.stop)
  declareFaults(engine)
})

describe('docs/faults.md', () => {
  it('has a cell with a zero for each fault that was played, and says how it was brought about', () => {
    const table = tableOf(faults, cells)
    if (process.env['UPDATE_FAULTS']) {
      writePart('table', table)
      writePart('stories', storiesOf(faults))
    }
    const advice = 'write the page anew: UPDATE_FAULTS=1'
    const written = ourCells(writtenPart('table'))
    expect(written, advice).toEqual(expect.arrayContaining([...ourCells(table)]))
    expect(written.filter((cell) => !cell.endsWith(': 0 twice'))).toEqual([])
    expect(writtenPart('table').match(/not played/g), advice).toBeNull()
    expect(writtenPart('stories'), advice).toBe(storiesOf(faults))
  })
})

function declareFaults(engine: Engine): void {
  for (const fault of faults) {
    if (fault.absent?.[engine.name] !== undefined) continue
    it(`accepts nothing twice when ${fault.name} (${attacksOf(fault)})`, () => playCell(fault, engine), timeout)
  }
}

/** The numbers of the catalogue in words that tools/check-attacks.mjs reads. */
function attacksOf({ attacks }: Fault): string {
  return `${attacks.length > 1 ? 'attacks' : 'attack'} ${attacks.join(' and ')}`
}

async function playCell(fault: Fault, engine: Engine): Promise<void> {
  const running = await engine.open(fault.setting ?? {})
  try {
    const scene = await openScene(programs, running, fault.task)
    try {
      await fault.play(scene)
      const { ours, wrong } = scene.acceptedTwice()
      cells.set(cellName(fault, engine.name), { ours, wrong, replays: scene.replays() })
      expect(ours, 'accepted twice').toBe(0)
      expect(scene.replays(), 'messages sent again').toBeGreaterThanOrEqual(100)
      if (fault.wrongFails.includes(engine.name)) expect(wrong, 'accepted twice by a wrong store').toBeGreaterThan(0)
    } finally {
      await scene.close()
    }
  } finally {
    await running.stop()
  }
}
