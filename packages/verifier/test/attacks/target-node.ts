import { createServer, type IncomingMessage } from 'node:http'
import { createVerifier, protect } from '@countersign/verifier/node'
import { type AttackTarget, prepareTarget } from './target.ts'

/** The adapter for `node:http`. It sees all that came over the wire. */
export const nodeTarget: AttackTarget = {
  name: 'node:http',
  losses: new Set(),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const verify = createVerifier(target.verifierOptions(fieldOf))
    const listener = protect(
      verify,
      (request, response, verified) => {
        const { method = '', url = '' } = request
        const { status, body } = target.handle(verified, { method, target: url, body: verified.body })
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      },
      // What got past `protect` would be an unhandled rejection, which fails the test run.
      { onError: target.fail },
    )
    const { maxHeaderBytes } = options
    const server = createServer(maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }, listener)
    return target.listen(server)
  },
}

function fieldOf(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}
