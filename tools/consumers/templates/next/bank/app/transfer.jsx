'use client'

import { createSignedFetch, readProblem } from '@countersign/client'
import { ed25519, generateKey } from '@countersign/core'
import { useEffect, useState } from 'react'

/** Enrols a key of its own, sends a signed request, and then the same bytes again. */
async function transferTwice() {
  const url = new URL('/transfers', location.href)
  const { signingKey, publicJwk } = await generateKey(ed25519)
  await fetch(url, { method: 'PUT', body: JSON.stringify(publicJwk) })
  let captured
  const send = (request) => {
    captured = request.clone()
    return fetch(request)
  }
  const signedFetch = createSignedFetch({ key: signingKey, fetch: send })
  const headers = { 'content-type': 'application/json' }
  const first = await signedFetch(url, { method: 'POST', headers, body: '{"amount":10}' })
  const second = await fetch(captured)
  return { first: await first.text(), second: (await readProblem(second)).kind }
}

export function Transfer() {
  const [outcome, setOutcome] = useState('')
  useEffect(() => {
    transferTwice()
      .catch((error) => ({ error: String(error.stack) }))
      .then((found) => setOutcome(JSON.stringify(found)))
  }, [])
  return <output>{outcome}</output>
}
