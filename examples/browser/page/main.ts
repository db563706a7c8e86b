import { type Attack, attacks } from './attacks.ts'
import { type CapturedRequest, capture, resend } from './captured-request.ts'
import { createBankClient, type EnrolledKey, openEnrolledKey } from './signed-calls.ts'
import { outcomeOf, showOutcome, showStatus, type Words } from './views/answers.ts'
import { byId, element } from './views/elements.ts'
import { showEvidence } from './views/evidence.ts'

/** A request that was sent, and what is said of it. */
interface Step extends Words, Pick<Attack, 'deed' | 'altered'> {
  readonly request: CapturedRequest
  readonly response: Response
}

const form = byId('transfer') as HTMLFormElement
let seen: CapturedRequest | undefined
let isBusy = false

async function start(): Promise<void> {
  const key = await openEnrolledKey()
  const bank = createBankClient(key, async (input, init) => {
    const request = new Request(input, init)
    if (request.method === 'POST') seen = await capture(request)
    return fetch(request)
  })
  const perform = performer(async () => showBalance(await bank.balance()))

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    perform(async () => {
      const order = readForm()
      const response = await bank.transfer(order)
      enableAttacks()
      const success = `${order.amount} went to ${order.to}.`
      return { ...honest, success, request: seen as CapturedRequest, response }
    })
  })
  for (const attack of attacks) {
    showAttack(attack, () => {
      perform(async () => {
        const request = await attack.make(seen as CapturedRequest, key.signingKey)
        return {
          ...attack,
          success: 'It was let in, and should not have been.',
          request,
          response: await resend(request),
        }
      })
    })
  }

  showKey(key)
  showBalance(await bank.balance())
  form.querySelector('button')?.removeAttribute('disabled')
  showStatus('Ready. No transfer has been sent yet.')
}

const honest = {
  title: 'Your transfer',
  deed: 'Signed and sent by this page. The private key never travels.',
  lesson: 'The bank did not take it.',
}

/** Makes the function that runs one step at a time, and shows what came of it. */
function performer(refreshBalance: () => Promise<number>) {
  return async (send: () => Promise<Step>): Promise<void> => {
    if (isBusy) return
    isBusy = true
    try {
      const { request, response, ...step } = await send()
      const outcome = await outcomeOf(response, step)
      await showEvidence({ request, response, altered: step.altered, note: step.deed })
      showOutcome(outcome, await refreshBalance())
    } catch (error) {
      showFailure(error)
    } finally {
      isBusy = false
    }
  }
}

function readForm(): { to: string; amount: number } {
  const fields = new FormData(form)
  return { to: String(fields.get('to')), amount: Number(fields.get('amount')) }
}

function showAttack({ title, plan }: Attack, onClick: () => void): void {
  const words = [element('strong', {}, [title]), element('span', {}, [plan])]
  const button = element('button', { type: 'button', disabled: true }, words)
  button.addEventListener('click', onClick)
  byId('attacks').append(element('li', {}, [button]))
}

function enableAttacks(): void {
  byId('attacks-hint').textContent = 'You saw a request go by. Send it again, and change what you like.'
  for (const button of byId('attacks').querySelectorAll('button')) button.disabled = false
}

function showBalance(balance: number): number {
  byId('balance').textContent = String(balance)
  return balance
}

function showKey({ algorithm, keyId, isNew, persistent }: EnrolledKey): void {
  const origin = isNew ? 'was made just now' : 'was here already'
  const storage = persistent
    ? 'It is kept in IndexedDB, for the next visit too.'
    : 'It is kept in memory, for this visit.'
  byId('key').replaceChildren(
    `The ${algorithm} key ${origin}. No script can read its private half, this page included. ${storage} The bank has the public half, as `,
    element('code', {}, [keyId]),
    '.',
  )
}

function showFailure(error: unknown): void {
  showStatus(`This did not work. ${error instanceof Error ? error.message : String(error)}`, 'refused')
}

start().catch(showFailure)
