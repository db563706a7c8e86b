#!/usr/bin/env node
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { allFlaws, rightServers } from './flaws/all-flaws.mjs'
import { startFlawed } from './start-flawed.mjs'

const usage = `usage: node examples/flawed/serve.mjs FLAW [--port N]

Starts a server that is wrong on purpose, on 127.0.0.1, until Ctrl-C, and prints how to probe it.

  --list     print the flaws
  --port N   the port to listen on (default: a free one)
  --help     print this text

Exit code: 0 after Ctrl-C, 2 for wrong arguments.`

const servers = [...allFlaws, ...rightServers]

function readArguments() {
  const { values, positionals } = parseArgs({
    options: {
      list: { type: 'boolean' },
      port: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  })
  if (values.help || values.list) return values
  const [name, ...others] = positionals
  if (name === undefined || others.length > 0) throw new TypeError('name one flaw: --list shows them')
  const flaw = servers.find((server) => server.name === name)
  if (flaw === undefined) throw new TypeError(`there is no flaw "${name}": --list shows them`)
  const port = Number(values.port)
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) throw new TypeError('--port takes a number up to 65535')
  return { flaw, port }
}

/** As a POSIX shell takes it: within single quotes it leaves everything alone but a single quote. */
function shellWord(text) {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

async function serve({ flaw, port }) {
  const { origin, probeArguments, close } = await startFlawed(flaw, { port })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const command = `countersign ${probeArguments.map(shellWord).join(' ')}`
  console.log(`${origin}: ${flaw.title}\n\n${command}\n\nCtrl-C stops the server.`)
  await stopped
  await close()
}

function list() {
  const width = Math.max(...servers.map(({ name }) => name.length))
  for (const { name, title } of servers) console.log(`${name.padEnd(width)}  ${title}`)
}

try {
  const request = readArguments()
  if (request.help) console.log(usage)
  else if (request.list) list()
  else await serve(request)
} catch (error) {
  if (!(error instanceof TypeError) && error.code !== 'EADDRINUSE') throw error
  console.error(`serve: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
