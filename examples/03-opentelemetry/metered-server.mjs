import { once } from 'node:events'
import { createServer } from 'node:http'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { verifierMetrics } from './verifier-metrics.mjs'

/**
 * A server that only lets signed requests in, and counts them.
 *
 * @param {object} options
 * @param {import('@countersign/core').VerifyingKey[]} options.keys
 * @param {import('@opentelemetry/api').Meter} options.meter
 * @param {() => number} options.clock milliseconds since the Unix epoch
 */
export async function startMeteredServer({ keys, meter, clock }) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const { onEvent, onFloorRaised } = verifierMetrics(meter)
  // Not `startsFresh`: as after a restart, it refuses for its first seconds, and says so.
  const replayStore = createMemoryReplayStore({ clock, onFloorRaised })
  const verify = createVerifier({ keys, origin, replayStore, clock, onEvent })
  server.on(
    'request',
    protect(verify, (_request, response) => response.end('done')),
  )
  return { origin, close: () => closeServer(server) }
}

async function closeServer(server) {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
