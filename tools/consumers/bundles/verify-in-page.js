// A script of a page: it verifies a request twice with what the bundle has put there.
;(async () => {
  const { createMemoryReplayStore, createVerifier } = globalThis.countersign
  const verify = createVerifier({
    keys: [globalThis.verifyingKey],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin: 'https://bank.example',
  })
  const { keyId } = await verify(globalThis.request.clone())
  const refusal = await verify(globalThis.request).catch((error) => error)
  return { keyId, refusal: refusal.code }
})()
