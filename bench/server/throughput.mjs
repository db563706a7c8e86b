/** A `node:http` server with verification and the claim of each nonce, beside one without, and beside a peer. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { bodyOf, makeKeys, must, signedRequests } from '../message.mjs'
import { digits, yesOrNo } from '../messages.mjs'
import { spread } from '../rounds.mjs'

export const parts = [{ name: 'server', title: 'node:http server, 256 B, 32 connections', run }]

const kinds = ['plain', 'countersign', 'http-message-signatures']
const connections = 32

async function run({ quick, progress }) {
  const keys = await makeKeys()
  const samples = new Map(kinds.map((kind) => [kind, []]))
  const [rounds, requests] = quick ? [3, 3200] : [8, 12_000]
  const servers = []
  for (const kind of kinds) servers.push(await start(kind, keys.secret))
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      samples.get(server.kind).push(await load(server, await wireRequests(requests, keys)))
    }
    progress(round + 1, rounds)
  }
  for (const { child } of servers) child.disconnect()
  return tableOf(samples)
}

/** CPU time is what a server costs. Requests a second depend on what else the machine does, and on who sends them. */
function tableOf(samples) {
  const cpu = (kind) => spread(samples.get(kind).map((sample) => sample.cpuMicroseconds)).median
  const perSecond = (kind) => spread(samples.get(kind).map((sample) => sample.perSecond))
  const added = (kind) => cpu(kind) - cpu('plain')
  const share = (kind) => {
    const list = samples.get(kind).map((sample, round) => sample.perSecond / samples.get('plain')[round].perSecond)
    return spread(list).median
  }
  const rows = kinds.map((kind) => {
    const { lower, median, upper } = perSecond(kind)
    const rate = `${median.toFixed(0)} (${lower.toFixed(0)} to ${upper.toFixed(0)})`
    return [kind, rate, digits(share(kind)), digits(cpu(kind)), digits(added(kind)), ...aimOf(kind)]
  })
  function aimOf(kind) {
    if (kind !== 'countersign') return ['', '']
    const fifth = added('http-message-signatures') / 5
    const reached = `${yesOrNo(share(kind) >= 0.75)}, ${yesOrNo(added(kind) <= fifth)}`
    return ['share >= 0.75, added CPU <= 1/5 of the peer', reached]
  }
  const columns = [
    '',
    'requests a second',
    'share of plain',
    'CPU, microseconds a request',
    'added',
    'target',
    'reached',
  ]
  return { columns, rows }
}

async function start(kind, secret) {
  const file = new URL('server.mjs', import.meta.url)
  const child = fork(file, [kind, Buffer.from(secret).toString('base64')], { stdio: 'inherit' })
  const [{ port }] = await once(child, 'message')
  return { kind, child, port }
}

/** The bytes of requests that were never sent. */
async function wireRequests(count, keys) {
  const body = bodyOf(256)
  const work = { alg: 'hmac-sha256', key: keys['hmac-sha256'].signing, body }
  return (await signedRequests(count, work)).map(({ method, target, headers }) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), body])
  })
}

/** Sends each request once, on a fixed number of connections, one at a time on each. */
async function load({ child, port }, requests) {
  const before = await cpuOf(child)
  const begin = performance.now()
  const queue = [...requests]
  await Promise.all(Array.from({ length: connections }, () => sendAll(port, queue)))
  const seconds = (performance.now() - begin) / 1000
  const after = await cpuOf(child)
  const used = after.user + after.system - before.user - before.system
  return { perSecond: requests.length / seconds, cpuMicroseconds: used / requests.length }
}

async function cpuOf(child) {
  child.send('cpu')
  const [{ cpu }] = await once(child, 'message')
  return cpu
}

function sendAll(port, queue) {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1')
    const next = () => {
      const request = queue.pop()
      if (request === undefined) {
        socket.destroy()
        resolve()
      } else socket.write(request)
    }
    socket.setNoDelay(true)
    socket.once('connect', next)
    socket.once('error', reject)
    // Each answer is short enough to come in one piece.
    socket.on('data', (bytes) => {
      try {
        must(bytes.latin1Slice(0, 12) === 'HTTP/1.1 200', `the server answered ${bytes.latin1Slice(0, 60)}`)
        next()
      } catch (error) {
        reject(error)
      }
    })
  })
}
