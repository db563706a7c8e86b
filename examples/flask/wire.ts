/** Requests as an attacker has them: bytes that were captured, and can be sent again, altered or not. */
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bank } from './gunicorn.ts'

/** A request that was captured on its way. */
export interface Captured {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the bank answers. `code` is that of its problem details, where there are some. */
export interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly content: Readonly<Record<string, unknown>>
}

/** Takes a Fetch API Request apart. */
export async function capture(request: Request): Promise<Captured> {
  const { method, url } = request
  return { method, url, headers: Object.fromEntries(request.headers), body: await request.text() }
}

/** Sends it, on a connection of its own. */
export function send({ method, url, headers, body }: Captured): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === '' && method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = httpRequest(url, { method, agent: false, headers: { ...headers, ...length } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve(answerOf(response.statusCode ?? 0, text)))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function answerOf(status: number, text: string): Answer {
  const isJson = text.startsWith('{')
  const content = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status, code: content['code'] as string | undefined, content }
}

/** Sends copies at once, each on a connection of its own. */
export function sendCopies(captured: Captured, count: number): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => send(captured)))
}

/** Sends copies, 40 at once, until more than one worker has answered some. @throws Error where none did. */
export async function sendToSeveralWorkers(bank: Bank, captured: Captured): Promise<Answer[]> {
  const line = `${captured.method} ${new URL(captured.url).pathname} (201|401)`
  const logDelayMilliseconds = 100
  await sleep(logDelayMilliseconds)
  bank.forgetLog()
  const answers: Answer[] = []
  for (let round = 0; round < 10; round++) {
    answers.push(...(await sendCopies(captured, 40)))
    await sleep(logDelayMilliseconds)
    if (bank.workers(line).length > 1) return answers
  }
  throw new Error('one worker answered all copies')
}

/** How many of them were executed. */
export function executed(answers: readonly Answer[]): number {
  return answers.filter(({ status }) => status === 201).length
}
