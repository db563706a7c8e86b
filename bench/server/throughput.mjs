/** A `node:http` server with verification and the claim of each nonce, beside one without, and beside a peer. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { bodyOf, makeKeys, signedRequests } from '../message.mjs'
import { digits, yesOrNo } from '../messages.mjs'
import { ratios, shuffled, spread } from '../rounds.mjs'

export const parts = [{ name: 'server', title: 'node:http server, 256 B, 32 connections', run }]

const kinds = ['plain', 'plain, by events', 'countersign', 'http-message-signatures']
const connections = 32

async function run({ quick, progress }) {
  const keys = await makeKeys()
  const samples = new Map(kinds.map((kind) => [kind, []]))
  const [rounds, requests] = quick ? [3, 8000] : [12, 24_000]
  const servers = []
  for (const kind of kinds) servers.push(await start(kind, keys.secret))
  for (let round = 0; round < rounds; round++) {
    // Each server has a memory of its own, so that all can be sent the same requests.
    const fresh = await wireRequests(requests, keys)
    for (const server of shuffled(servers)) samples.get(server.kind).push(await sample(server, fresh))
    progress(round + 1, rounds)
  }
  for (const { child } of servers) child.disconnect()
  return tableOf(samples)
}

/** CPU time is what a server costs. Requests a second depend on what else the machine does, and on who sends them. */
function tableOf(samples) {
  const cpuTimes = (kind) => samples.get(kind).map((sample) => sample.cpuMicroseconds)
  const cpu = (kind) => spread(cpuTimes(kind)).median
  const perSecond = (kind) => spread(samples.get(kind).map((sample) => sample.perSecond))
  const added = (kind) => cpu(kind) - cpu('plain')
  const share = (kind) => spread(ratios(cpuTimes('plain'), cpuTimes(kind))).median
  const rows = kinds.map((kind) => {
    const { lower, median, upper } = perSecond(kind)
    const rate = `${median.toFixed(0)} (${lower.toFixed(0)} to ${upper.toFixed(0)})`
    const { median: busy } = spread(samples.get(kind).map((sample) => sample.busy))
    return [kind, rate, busy.toFixed(2), digits(cpu(kind)), digits(added(kind)), digits(share(kind)), ...aimOf(kind)]
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
    'of a core',
    'CPU, microseconds a request',
    'added',
    'share of plain',
    'target',
    'reached',
  ]
  const { median: client } = spread(samples.get('plain').map((sample) => sample.clientMicroseconds))
  return { columns, rows, notes: notesOn(client) }
}

function notesOn(clientMicroseconds) {
  return [
    'One request at a time on each connection, each with a nonce of its own. *Of a core* is how much of one the server had meanwhile: at 1.00 nothing but the server bounds the requests a second, below it also the sender, and what else the machine does. *Share of plain* is that of the requests which a whole core serves, by the CPU times: so nothing else that bounds the plain server flatters the others.',
    `The sender took ${digits(clientMicroseconds)} microseconds of CPU for each request to *plain*. *Plain* reads the body by \`for await\`, as the peer does; *by events* it listens for \`data\` and \`end\`.`,
  ]
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

/** The part of the requests that goes ahead, and is not timed: a server that was idle takes a while to be fast again. */
const warmUp = 1 / 6

/** Sends each request once, on a fixed number of connections, one at a time on each. */
async function sample({ child, port }, requests) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => connect(port)))
  const ahead = Math.round(requests.length * warmUp)
  await sendAll(sockets, requests.slice(0, ahead))
  const timed = requests.slice(ahead)
  const count = timed.length
  const before = await cpuOf(child)
  const own = process.cpuUsage()
  const begin = performance.now()
  await sendAll(sockets, timed)
  const microseconds = (performance.now() - begin) * 1000
  const client = process.cpuUsage(own)
  const after = await cpuOf(child)
  for (const { socket } of sockets) socket.destroy()
  const cpu = after.user + after.system - before.user - before.system
  return {
    perSecond: (count * 1e6) / microseconds,
    cpuMicroseconds: cpu / count,
    clientMicroseconds: (client.user + client.system) / count,
    busy: cpu / microseconds,
  }
}

async function cpuOf(child) {
  child.send('cpu')
  const [{ cpu }] = await once(child, 'message')
  return cpu
}

/** A connection that tells of each answer. A buffer of its own spares the sender a stream. */
async function connect(port) {
  const connection = { onAnswer: () => {} }
  const onread = {
    buffer: Buffer.alloc(4096),
    callback(length, bytes) {
      connection.onAnswer(bytes.latin1Slice(0, length))
      return true
    },
  }
  connection.socket = createConnection({ port, host: '127.0.0.1', noDelay: true, onread })
  await once(connection.socket, 'connect')
  return connection
}

async function sendAll(sockets, requests) {
  const queue = [...requests]
  await Promise.all(sockets.map((connection) => sendNext(connection, queue)))
}

function sendNext(connection, queue) {
  return new Promise((resolve, reject) => {
    const next = () => {
      const request = queue.pop()
      if (request === undefined) resolve()
      else connection.socket.write(request)
    }
    connection.socket.once('error', reject)
    // Each answer is short enough to come in one piece.
    connection.onAnswer = (answer) => {
      if (answer.startsWith('HTTP/1.1 200')) next()
      else reject(new Error(`the server answered ${answer}`))
    }
    next()
  })
}
