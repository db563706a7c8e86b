// A script of a page: it signs a request with what the bundle has put there, and gives what would be sent.
;(async () => {
  const { createSignedFetch, importSigningKey, ...algorithms } = globalThis.countersign
  const [algorithm] = Object.values(algorithms)
  const key = await importSigningKey(algorithm, globalThis.keySource, { keyId: 'page' })
  const sent = []
  const send = async (request) => {
    sent.push(request)
    return new Response('ok')
  }
  const signedFetch = createSignedFetch({ key, fetch: send, dangerouslyAllowBrowser: true })
  await signedFetch('https://bank.example/transfers?to=bob', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"amount":10}',
  })
  return sent
})()
