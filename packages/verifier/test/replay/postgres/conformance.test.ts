import type { ReplayStore } from '@countersign/verifier'
import { type MakeReplayStore, replayStoreConformance } from '@countersign/verifier/replay-store-conformance'
import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import { type Connected, clients, newTable, quietStore } from './postgres-stores.ts'

/** Each claim waits for the disk. */
const timeout = 120_000

describeWith('the PostgreSQL store conforms', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  /** With the clock of the kit, or that of the server. */
  const onServer = (open: (url: string) => Promise<Connected>, ownClock: boolean): MakeReplayStore => {
    return async ({ startsFresh, clock, ...options }) => {
      const table = newTable()
      let opened: Connected[] = []
      const store = async (fresh: boolean): Promise<ReplayStore> => {
        const connected = await open(server.url())
        opened.push(connected)
        const more = { ...options, ...(ownClock && { clock }), table, startsFresh: fresh }
        return quietStore(connected.client, more)
      }
      const close = async (): Promise<void> => {
        await Promise.all(opened.map((connected) => connected.close()))
        opened = []
      }
      const reopen = async (): Promise<ReplayStore> => {
        await close()
        return store(false)
      }
      return { store: await store(startsFresh), reopen, join: () => store(false), close }
    }
  }

  describe.each(Object.entries(clients))('with %s and a clock of its own', (name, open) => {
    const histories = name === 'pg Pool' ? 10 : 3
    for (const one of replayStoreConformance(onServer(open, true), { histories })) test(one.name, one.run, timeout)
  })

  describe.each(Object.entries(clients))('with %s and the clock of the server', (_name, open) => {
    const declared = { serverClock: Date.now, histories: 3 }
    for (const one of replayStoreConformance(onServer(open, false), declared)) test(one.name, one.run, timeout)
  })
})
