import { readFileSync } from 'node:fs'
import { createSignedFetch, readProblem } from '@countersign/client'
import { hmacSha256, importSigningKey } from '@countersign/core'

const usage = `Usage: node client.mjs [ORIGIN]

Pays Bob 100 in the name of the first client of clients.json, and shows the balance.

  ORIGIN      of the bank (default: http://127.0.0.1:8000)
  BANK_DATA   the folder of clients.json (default: data)`

/** The API key is the name of the key, and the secret signs. It never travels. */
async function importClientKey(folder) {
  const clients = JSON.parse(readFileSync(`${folder}/clients.json`, 'utf8'))
  const [[apiKey, { secret }]] = Object.entries(clients)
  return importSigningKey(hmacSha256, { secret: Buffer.from(secret, 'base64') }, { keyId: apiKey })
}

async function pay(origin, folder) {
  const signedFetch = createSignedFetch({ key: await importClientKey(folder) })
  const response = await signedFetch(`${origin}/transfers?to=bob`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: 100 }),
  })
  if (!response.ok) {
    const problem = await readProblem(response)
    console.error(`refused with ${response.status}: ${problem?.title ?? response.statusText}`)
    return 1
  }
  const { id } = await response.json()
  const { balance } = await (await signedFetch(`${origin}/balance`)).json()
  console.log(`transfer ${id} is made, and ${balance} are left`)
  return 0
}

const [origin = 'http://127.0.0.1:8000'] = process.argv.slice(2)
if (origin.startsWith('-')) console.log(usage)
else process.exitCode = await pay(origin, process.env['BANK_DATA'] ?? 'data')
