/** The stores that many processes share, with 256 claims at once, beside what the engine does with one command each. */
import { randomBytes } from 'node:crypto'
import { createPostgresReplayStore } from '@countersign/verifier/postgres'
import { createRedisReplayStore } from '@countersign/verifier/redis'
import { Redis } from 'ioredis'
import pg from 'pg'
import { must } from '../message.mjs'
import { digits, yesOrNo } from '../messages.mjs'
import { measure, ratios, spread } from '../rounds.mjs'
import { eventually, startPostgres, startRedis } from './services.mjs'

const together = 256

export const parts = [
  { name: 'store-redis', title: 'Redis store, 256 claims at once', run: redis },
  { name: 'store-postgres', title: 'PostgreSQL store, 256 claims at once', run: postgres },
]

async function redis({ quick, progress }) {
  const server = await startRedis()
  const client = new Redis({ port: server.port, host: '127.0.0.1' })
  client.on('error', () => {})
  try {
    await eventually(() => client.ping())
    const store = await createRedisReplayStore(client, { startsFresh: true, ...room })
    const single = {
      name: 'ioredis, SET key 1 NX EX 70 one by one',
      prepare: fewClaims,
      run: (claims) => eachInTurn(claims, ({ key }) => client.set(key, 1, 'EX', 70, 'NX')),
    }
    const pipelined = {
      name: 'ioredis, the same commands without waiting for each other',
      prepare: fewClaims,
      run: (claims) => Promise.all(claims.map(({ key }) => client.set(key, 1, 'EX', 70, 'NX'))),
    }
    const contestants = [ours(store), single, pipelined].map(withCheck)
    return await compare({ contestants, least: 2, progress, rounds: quick ? 20 : 150, mostCpu: 2 })
  } finally {
    client.disconnect()
    server.stop()
  }
}

async function postgres({ quick, progress }) {
  const server = await startPostgres()
  const pool = new pg.Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: 10 })
  pool.on('error', () => {})
  try {
    await eventually(() => pool.query('SELECT 1'))
    const store = await createPostgresReplayStore(pool, { startsFresh: true, ...room })
    await pool.query('CREATE TABLE nonces (key text PRIMARY KEY, created bigint NOT NULL)')
    const text = 'INSERT INTO nonces VALUES ($1, $2) ON CONFLICT DO NOTHING'
    const single = {
      name: 'single inserts over a pool of 10 connections',
      prepare: fewClaims,
      run: (claims) =>
        Promise.all(claims.map(({ key, created }) => pool.query({ name: 'insert', text, values: [key, created] }))),
    }
    const contestants = [ours(store), single].map(withCheck)
    return await compare({ contestants, least: 3, progress, rounds: quick ? 10 : 60 })
  } finally {
    await pool.end()
    server.stop()
  }
}

const room = { maxEntries: 50_000_000, maxEntriesPerPrincipal: 50_000_000 }

function ours(store) {
  return {
    name: 'countersign',
    prepare: fewClaims,
    run: async (claims) => {
      const outcomes = await Promise.all(claims.map((claim) => store.claim(claim)))
      must(
        outcomes.every((outcome) => outcome === 'accepted'),
        'a fresh claim was refused',
      )
    },
  }
}

function withCheck(contestant) {
  return { ...contestant, check: async () => contestant.run((await contestant.prepare(1))[0]) }
}

function fewClaims(count) {
  return Array.from({ length: count }, () => Array.from({ length: together }, freshClaim))
}

function freshClaim() {
  const now = Math.floor(Date.now() / 1000)
  const key = randomBytes(16).toString('base64url')
  return { key, principal: 'partner-1', created: now, forgetAfter: now + 60, now, futureSkewSeconds: 10 }
}

async function eachInTurn(claims, ask) {
  for (const claim of claims) await ask(claim)
}

async function compare({ contestants, least, progress, rounds, mostCpu }) {
  const cpu = new Map(contestants.map(({ name }) => [name, { microseconds: 0, claims: 0 }]))
  const counted = contestants.map((contestant) => ({
    ...contestant,
    run: counting(contestant.run, cpu.get(contestant.name)),
  }))
  const samples = await measure(counted, {
    rounds,
    sliceMilliseconds: 1,
    onRound: (round) => progress(round + 1, rounds),
  })
  const own = samples.get('countersign')
  const rows = contestants.map(({ name }, index) => {
    const { lower, median, upper } = spread(samples.get(name).map((time) => time / 1000 / together))
    const faster = spread(ratios(samples.get(name), own)).median
    const used = cpu.get(name).microseconds / cpu.get(name).claims
    const aim = index === 1 ? [`>= ${least} x ours`, yesOrNo(faster >= least)] : ['', '']
    const cpuAim = index === 0 && mostCpu !== undefined ? ` (<= ${mostCpu}: ${yesOrNo(used <= mostCpu)})` : ''
    return [
      name,
      `${digits(median)} (${digits(lower)} to ${digits(upper)})`,
      digits(faster),
      digits(used) + cpuAim,
      ...aim,
    ]
  })
  const columns = [
    '',
    'microseconds a claim',
    'times ours',
    'CPU of this process, microseconds a claim',
    'target',
    'reached',
  ]
  return { columns, rows }
}

/** The time that this process works, the way to the client library included. */
function counting(run, total) {
  return async (claims) => {
    const begin = process.cpuUsage()
    await run(claims)
    const { user, system } = process.cpuUsage(begin)
    total.microseconds += user + system
    total.claims += claims.length
  }
}
