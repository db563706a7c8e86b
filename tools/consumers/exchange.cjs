const assert = require('node:assert/strict')
const { once } = require('node:events')
const { createServer } = require('node:http')

/**
 * Signs a request to a server of its own, which lets it in once: not the same bytes again, and no altered copy.
 *
 * @param {Record<'core' | 'client' | 'verifier' | 'adapter', any>} modules
 * @param {{ signingKey: object, verifyingKey: object }} keys
 */
exports.exchange = async ({ client, verifier, adapter }, { signingKey, verifyingKey }) => {
  let runs = 0
  let origin = ''
  const verify = adapter.createVerifier({
    keys: [verifyingKey],
    replayStore: verifier.createMemoryReplayStore({ startsFresh: true }),
    origin: () => origin,
  })
  const pay = (_request, response, { json }) => {
    runs++
    response.end(`paid ${json().amount}`)
  }
  const server = createServer(adapter.protect(verify, pay)).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    origin = `http://127.0.0.1:${server.address().port}`
    let sent
    const signedFetch = client.createSignedFetch({
      key: signingKey,
      fetch: (request) => {
        sent = request.clone()
        return fetch(request)
      },
    })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"amount":10}' }
    const paid = await signedFetch(`${origin}/transfers?to=bob`, init)
    assert.equal(await paid.text(), 'paid 10')
    assert.equal((await client.readProblem(await fetch(sent.clone()))).kind, 'replayed')
    const { method, headers } = sent
    const altered = await fetch(sent.url, { method, headers, body: '{"amount":99}' })
    assert.equal((await client.readProblem(altered)).kind, 'invalid')
    assert.equal(runs, 1)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
