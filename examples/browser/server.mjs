import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startBank } from './bank.mjs'

const usage = `Usage: npm run start:browser [-- options]

Serves a page on loopback that signs a transfer, shows what went over the wire,
and lets you replay, alter, delay and unsign it.

  --port N    where to listen (default: a free port)
  --help      print this text`

/**
 * @param {string[]} args
 * @returns {{ help: boolean, port: number } | { mistake: string }}
 */
function readArguments(args) {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, port: { type: 'string', default: '0' } }
    const { help = false, port } = parseArgs({ args, options }).values
    const isPort = /^\d{1,5}$/.test(port) && Number(port) <= 65_535
    return isPort ? { help, port: Number(port) } : { mistake: '--port must be a number from 0 to 65535' }
  } catch (error) {
    return { mistake: error.message.split('. ')[0] }
  }
}

/** Says what became of each signed request. A code is for logs; the client is told less. */
function logEvent({ type, code, request }) {
  console.log(
    `${type === 'refused' ? `refused   ${code.padEnd(18)}` : 'executed'.padEnd(28)}  ${request.method} ${request.url}`,
  )
}

/** @returns {Promise<number>} the exit code */
async function main(args) {
  const wanted = readArguments(args)
  if ('mistake' in wanted) {
    console.error(`${wanted.mistake}\nTry: npm run start:browser -- --help`)
    return 2
  }
  if (wanted.help) {
    console.log(usage)
    return 0
  }
  try {
    const bank = await startBank({ port: wanted.port, onEvent: logEvent })
    console.log(`The bank is open at ${bank.origin}\nOpen it in a browser. Ctrl-C closes it.\n`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    await bank.close()
    return 0
  } catch (error) {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
    console.error(`Port ${wanted.port} cannot be used: take another, or leave out --port for a free one`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
