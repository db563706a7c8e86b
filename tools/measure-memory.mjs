#!/usr/bin/env node
/**
 * Measures what a live nonce costs: bytes of memory in the memory store, bytes on disk in the SQLite store, the time of
 * a claim when there are many, and how long the store stands still while it forgets many.
 *
 *     node tools/measure-memory.mjs
 *
 * Figures are printed, not checked: they are those of the machine.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const start = 1_700_000_000
const window = { maxAge: 60, futureSkewSeconds: 10 }

/** A key is what a verifier makes of 16 bytes: its text is in one piece, which takes less memory than one put together. */
const keyBytes = Buffer.alloc(16)

/** @typedef {{ claim: (claim: object) => unknown }} Store */

/** @param {number} number */
function claimOf(number, now = start) {
  const created = now - (number % window.maxAge)
  keyBytes.writeUInt32BE(number)
  const key = keyBytes.toString('base64url')
  const { futureSkewSeconds } = window
  return {
    key,
    principal: `signer-${number % 20}`,
    created,
    forgetAfter: created + window.maxAge,
    now,
    futureSkewSeconds,
  }
}

/**
 * @param {Store} store
 * @param {number} from
 * @param {number} to
 */
function fill(store, from, to) {
  for (let number = from; number < to; number++) {
    if (store.claim(claimOf(number)) !== 'accepted') throw new Error('a new claim was not accepted')
  }
}

/**
 * @param {() => void} step
 * @returns {number} milliseconds
 */
function timed(step) {
  const before = performance.now()
  step()
  return performance.now() - before
}

function memoryBytes() {
  globalThis.gc?.()
  // Of what is external, arrays are a part.
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** @param {{ createMemoryReplayStore: (options: object) => Store }} source */
function measureMemory({ createMemoryReplayStore }) {
  const options = { startsFresh: true, maxEntries: 2_000_000, maxEntriesPerPrincipal: 2_000_000, onFloorRaised() {} }
  const store = createMemoryReplayStore(options)
  const empty = memoryBytes()
  let filled = 0
  for (const count of [100_000, 1_000_000]) {
    const milliseconds = timed(() => fill(store, filled, count))
    const each = ((milliseconds * 1000) / (count - filled)).toFixed(2)
    filled = count
    console.log(
      `memory, ${count} live nonces: ${((memoryBytes() - empty) / count).toFixed(0)} bytes each, ${each} us a claim`,
    )
  }
  const again = timed(() => {
    for (let number = 0; number < 100_000; number++) store.claim(claimOf(number))
  })
  console.log(`memory, a replay among 1000000: ${(again / 100).toFixed(2)} us`)
  const longest = Math.max(
    ...Array.from({ length: 200 }, (_v, second) =>
      timed(() => store.claim(claimOf(2_000_000 + second, start + second))),
    ),
  )
  console.log(`memory, the longest claim while 1000000 are forgotten in buckets: ${longest.toFixed(1)} ms`)
  measureForgetting(createMemoryReplayStore(options))
}

/** @param {Store} store */
function measureForgetting(store) {
  fill(store, 0, 100_000)
  const stall = timed(() => store.claim(claimOf(2_000_000, start + 3600)))
  console.log(`memory, 100000 forgotten in one claim: ${stall.toFixed(1)} ms`)
}

/** @param {{ createSqliteReplayStore: (database: object, options: object) => Store }} source */
function measureSqlite({ createSqliteReplayStore }) {
  const Database = createRequire(import.meta.url)('better-sqlite3')
  const folder = mkdtempSync(join(tmpdir(), 'countersign-measure-'))
  const file = join(folder, 'replay.db')
  const database = new Database(file)
  const options = { startsFresh: true, maxEntries: 2_000_000, maxEntriesPerPrincipal: 2_000_000, onFloorRaised() {} }
  const store = createSqliteReplayStore(database, options)
  let filled = 0
  for (const count of [100_000, 1_000_000]) {
    const milliseconds = timed(() => fill(store, filled, count))
    database.pragma('wal_checkpoint(TRUNCATE)')
    const each = ((milliseconds * 1000) / (count - filled)).toFixed(0)
    filled = count
    console.log(
      `SQLite, ${count} live nonces: ${(statSync(file).size / count).toFixed(0)} bytes each, ${each} us a claim`,
    )
  }
  const stall = timed(() => store.claim(claimOf(2_000_000, start + 3600)))
  console.log(`SQLite, 1000000 forgotten in one claim: ${stall.toFixed(0)} ms`)
  database.close()
  rmSync(folder, { recursive: true, force: true })
}

/**
 * @param {string} path
 * @param {string} folder
 */
async function load(path, folder) {
  const outfile = join(folder, `${path.replaceAll('/', '-')}.mjs`)
  const entry = fileURLToPath(new URL(`../packages/verifier/src/replay/${path}.ts`, import.meta.url))
  const conditions = ['@countersign/source']
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions,
    logLevel: 'error',
  })
  return import(outfile)
}

if (process.execArgv.includes('--expose-gc')) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-measure-'))
  try {
    measureMemory(await load('memory', folder))
    measureSqlite(await load('sqlite/store', folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
} else {
  const script = fileURLToPath(import.meta.url)
  process.exitCode = spawnSync(process.execPath, ['--expose-gc', script], { stdio: 'inherit' }).status ?? 1
}
