import { createSignedFetch } from '@countersign/client'
import { type DeviceKey, type KeyStore, openKeyStore } from '@countersign/client/keys'

/** What a transfer says. */
export interface Order {
  readonly to: string
  readonly amount: number
}

/** A key of this browser that the bank knows. */
export interface EnrolledKey extends DeviceKey {
  /** Whether it was made just now. */
  readonly isNew: boolean
  readonly persistent: KeyStore['persistent']
}

/**
 * Opens the signing key that this browser has for the account of the session. The first time it is made, stored in
 * IndexedDB, and its public half handed to the bank. The private half is non-extractable.
 */
export async function openEnrolledKey(): Promise<EnrolledKey> {
  const { account } = (await json(await fetch('/session'))) as { account: string }
  let isNew = false
  const store = await openKeyStore({
    name: account, // one key for each account
    async enrol({ publicJwk }) {
      await json(await fetch('/keys', { method: 'POST', body: JSON.stringify(publicJwk) }))
      isNew = true
    },
  })
  const key = await store.key() // made, stored and enrolled, where it is not yet
  return { ...key, isNew, persistent: store.persistent }
}

/**
 * The calls of the bank, each of them signed.
 *
 * @param send puts a signed request on the wire
 */
export function createBankClient({ signingKey }: DeviceKey, send: typeof fetch) {
  const signedFetch = createSignedFetch({ key: signingKey, fetch: send })
  return {
    transfer: (order: Order): Promise<Response> => signedFetch(transferRequest(order)),
    async balance(): Promise<number> {
      const { balance } = (await json(await signedFetch('/api/balance'))) as { balance: number }
      return balance
    },
  }
}

/** A transfer that nobody has signed yet. */
export function transferRequest(order: Order): Request {
  return new Request('/api/transfers', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
}

async function json(response: Response): Promise<unknown> {
  if (response.ok) return response.json()
  throw new Error(`${new URL(response.url).pathname} answered ${response.status}: ${await response.text()}`)
}
