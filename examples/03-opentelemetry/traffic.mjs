import { signRequest } from '@countersign/client'
import { generateKey, hmacSha256 } from '@countersign/core'
import { startMeteredServer } from './metered-server.mjs'

/**
 * Starts the server and sends it good and bad requests: three that are let in, and one for each of some refusals.
 *
 * @param {import('@opentelemetry/api').Meter} meter
 * @returns {Promise<{ name: string, status: number }[]>} what was sent, and what came back
 */
export async function sendTraffic(meter) {
  const { signingKey: key, verifyingKey } = await generateKey(hmacSha256, { keyId: 'alice' })
  let passed = 0
  const clock = () => Date.now() + passed * 1000
  const { origin, close } = await startMeteredServer({ keys: [verifyingKey], meter, clock })
  const results = []

  const send = async (name, request) => {
    const { status } = await fetch(request)
    results.push({ name, status })
  }
  const signed = async (signedAt = clock) => {
    const request = new Request(`${origin}/transfers`, { method: 'POST', body: 'pay 10' })
    return (await signRequest(request, { key, clock: signedAt })).request
  }
  const altered = async (request) => {
    return new Request(request.url, { method: 'POST', headers: request.headers, body: 'pay 99' })
  }

  try {
    await send('right after the start', await signed())
    passed = 30
    for (const name of ['first order', 'second order', 'third order']) {
      const request = await signed()
      const copy = request.clone()
      await send(name, request)
      if (name === 'third order') await send('third order, replayed', copy)
    }
    await send('altered body', await altered(await signed()))
    await send('not signed', new Request(origin))
    await send('signed an hour ago', await signed(() => clock() - 3_600_000))
  } finally {
    await close()
  }
  return results
}
