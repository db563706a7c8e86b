import { fieldValues, type RawRequest, type RawResponse } from '../../../messages/raw-message.ts'
import type { FreshOptions } from '../signing/signer.ts'
import { type Answer, isBusy, isSuccess, retryAfter } from './answer.ts'
import { type Counting, runsDuring } from './counter.ts'
import type { SessionParts } from './session.ts'
import { type Reading, readingOf } from './yardstick.ts'

/** What is needed for requests that must be let in, and what was learnt from them. */
export interface Controls extends SessionParts {
  /** What the control was answered. */
  control: Answer | undefined
  /** The answers of all controls so far that were let in. */
  readonly letInControls: RawResponse[]
  /** What a request without any proof was answered, where that was a success. */
  refusal: RawResponse | undefined
  serverNonces: boolean
  failedControls: number
}

/** A server that starts may ask to wait for so long, in milliseconds. */
const startPatience = 20_000

/** So many answers are enough to see what they have in common. */
const enoughControls = 3

/** What an answer says, by what is known so far. */
export function read(parts: Controls, answer: Answer): Reading {
  return readingOf(answer, { controls: parts.letInControls, refusal: parts.refusal })
}

/** Sends the first control. It waits for a server that starts, and learns whether it issues nonces. */
export async function firstControl(parts: Controls): Promise<Answer> {
  for (let waited = 0; ; ) {
    const answer = await sendControl(parts)
    const wait = retryAfter(answer) ?? 1000
    if (isSuccess(answer)) return answer
    if (!parts.serverNonces && nonceOf(answer) !== undefined) {
      parts.serverNonces = true
    } else if (isBusy(answer) && waited + wait <= startPatience) {
      await parts.transport.pause(wait)
      waited += wait
    } else {
      return answer
    }
  }
}

/** Whether a fresh request is let in after a case. */
export async function controlAfterCase(parts: Controls): Promise<boolean> {
  // A server may need a moment after a case that was hard on it.
  for (const pause of [0, 300]) {
    await parts.transport.pause(pause)
    if (read(parts, await sendControl(parts)) === 'let in') {
      parts.failedControls = 0
      return true
    }
  }
  parts.failedControls += 1
  return false
}

/** Sends a fresh request, and keeps the answer to compare others with. */
export async function sendControl(parts: Controls): Promise<Answer> {
  const answer = await parts.transport.send(await freshRequest(parts))
  keepControl(parts, answer)
  return answer
}

/** Keeps the answer of a control that was let in. The first one is what the others are compared with. */
export function keepControl(parts: Controls, answer: Answer): void {
  const { letInControls } = parts
  if (answer.kind === 'silent' || letInControls.length >= enoughControls) return
  const isLetIn = letInControls.length === 0 ? isSuccess(answer) : read(parts, answer) === 'let in'
  if (isLetIn) letInControls.push(answer.response)
}

/** A request that the server has not accepted yet. */
export async function freshRequest(parts: Controls, options: FreshOptions = {}): Promise<RawRequest> {
  const { signer, request } = parts.target
  if (signer === undefined) return request
  const nonce = await nextNonce(parts)
  return signer.fresh(request, { ...options, ...(nonce === undefined ? {} : { nonce }) })
}

/** A nonce of the server, where it wants its own: a request with another is answered with one (RFC 9421 5). */
export async function nextNonce(
  { serverNonces, target, transport }: Controls,
  keyId: string | undefined = target.signer?.key.keyId,
): Promise<string | undefined> {
  if (!serverNonces || target.signer === undefined) return undefined
  const asking = await target.signer.forge(target.request, {
    parameters: (usual) => ({ ...usual, keyid: `"${keyId}"` }),
  })
  return nonceOf(await transport.send(asking))
}

function nonceOf(answer: Answer): string | undefined {
  if (answer.kind === 'silent') return undefined
  const field = fieldValues(answer.response.headers, 'accept-signature').join(', ')
  return /;nonce="([\x20-\x21\x23-\x5b\x5d-\x7e]{1,512})"/.exec(field)?.[1]
}

/**
 * Some servers say no with a 200. What they say then is not taken for a yes later. But 201 says that something was made,
 * and where the count rises by one, nobody was refused.
 */
export async function learnRefusal(parts: Controls & Counting, bare: RawRequest): Promise<void> {
  let answer: Answer | undefined
  const runs = await runsDuring(parts, async () => {
    answer = await parts.transport.send(bare)
  })
  if (answer?.kind === 'response' && answer.response.status === 200 && runs !== 1) parts.refusal = answer.response
}
