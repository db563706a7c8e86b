import { createServer } from 'node:http'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { importKeys } from '../../dist/suite.mjs'

/** Serves with `node:http`, and prints the origin. */
export async function serveNode(keys, hostname) {
  let count = 0
  const server = createServer()
  await new Promise((resolve) => server.listen(0, hostname, resolve))
  const origin = `http://${hostname}:${server.address().port}`
  const verify = createVerifier({
    keys: await importKeys(keys),
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin,
  })
  server.on(
    'request',
    protect(verify, (_request, response, { keyId, json }) => {
      count++
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ keyId, count, received: json() }))
    }),
  )
  console.log(origin)
}
