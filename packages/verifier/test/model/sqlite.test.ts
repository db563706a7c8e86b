import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { describeSqlite } from '../replay/sqlite/sqlite-clients.ts'
import { sqliteInMemory, sqliteOnFile } from './engines.ts'
import { itAgrees } from './model-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-model-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeSqlite('the SQLite store without a file', (client) => {
  itAgrees(() => sqliteInMemory(client), { histories: 2000, least: { wipes: 0.15, replay_store_starting: 1 } })
})

describeSqlite('the SQLite store on a file, with three connections', (client) => {
  const path = join(folder, 'replay.db')
  itAgrees(() => sqliteOnFile(client, path), { histories: 100, least: { wipes: 0.15, replay_store_starting: 1 } })
})
