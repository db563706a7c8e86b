import { once } from 'node:events'
import { createServer, request as send } from 'node:http'

/**
 * A proxy that sends everything to 127.0.0.1, whatever name it was meant for. So a name that no DNS knows leads to the
 * servers of a test, in a browser that cannot be told otherwise.
 */
export async function startLoopbackProxy() {
  const server = createServer((request, response) => {
    const { port, pathname, search } = new URL(request.url)
    const headers = listedFields(request.rawHeaders)
    const options = { host: '127.0.0.1', port, method: request.method, path: pathname + search, headers }
    const forwarded = send(options, (answer) => {
      response.writeHead(answer.statusCode, answer.statusMessage, listedFields(answer.rawHeaders))
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    request.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { port: server.address().port, close }
}

/** All but what belongs to one connection (RFC 9110 section 7.6.1). */
function listedFields(rawHeaders) {
  const ofConnection = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding'])
  const fields = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!ofConnection.has(rawHeaders[index].toLowerCase())) fields.push(rawHeaders[index], rawHeaders[index + 1])
  }
  return fields
}
