import { execFile } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type FieldLine, hmacSha256, importVerifyingKey, type SignatureError } from '@countersign/core'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import {
  createMemoryReplayStore,
  createMessageVerifier,
  createServerNonces,
  type MessageVerifier,
  problemOf,
  type ReceivedRequest,
} from '../../src/index.ts'
import { nonceByHand, nonceSecret } from './nonce-by-hand.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const page = readFileSync(join(root, 'docs/challenges.md'), 'utf8')

/** The secret of alice, which is that of the README. */
const secret = Buffer.from('bWFrZSB5b3VyIG93biB3aXRoIGdlbmVyYXRlS2V5KCk=', 'base64')
const pageTime = 1_795_305_600

/** A message of the page. */
interface PageMessage {
  readonly firstLine: string
  readonly fields: readonly FieldLine[]
  readonly body: string
}

const messages = [...page.matchAll(/^```http\n(.*?)^```$/gms)].map(([, text = '']) => readMessage(text.trimEnd()))
const [unasked, challenge, answer] = messages as [PageMessage, PageMessage, PageMessage, ...PageMessage[]]

function readMessage(text: string): PageMessage {
  const [head = '', body = ''] = text.split('\n\n')
  const [firstLine = '', ...lines] = head.split('\n')
  const fields = lines.map((line): FieldLine => [line.replace(/:.*/, ''), line.replace(/^[^:]*: /, '')])
  return { firstLine, fields, body }
}

function fieldOf({ fields }: PageMessage, name: string): string {
  return fields.find(([field]) => field === name)?.[1] ?? ''
}

function received({ fields, body }: PageMessage): ReceivedRequest {
  return { method: 'POST', target: '/transfers', headers: fields, body: Buffer.from(body), source: undefined }
}

async function pageVerifier(): Promise<MessageVerifier> {
  const clock = (): number => pageTime * 1000
  const random = (): Uint8Array => Buffer.from('1f8c2a4490b3ad17a65e03d27bc8916a', 'hex')
  return createMessageVerifier({
    keys: [await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin: 'https://bank.example',
    clock,
    nonces: await createServerNonces({ secret: nonceSecret, region: 'eu', clock, random }),
  })
}

it.each([unasked, answer])('the requests of the page are signed as node:crypto signs them', (request) => {
  expect(fieldOf(request, 'Content-Digest')).toBe(
    `sha-256=:${createHash('sha256').update(request.body).digest('base64')}:`,
  )
  const base = [
    '"@method": POST',
    '"@authority": bank.example',
    '"@path": /transfers',
    '"@query": ?',
    `"content-digest": ${fieldOf(request, 'Content-Digest')}`,
    '"content-type": application/json',
    `"@signature-params": ${fieldOf(request, 'Signature-Input').replace('sig1=', '')}`,
  ]
  const signature = createHmac('sha256', secret).update(base.join('\n')).digest('base64')
  expect(fieldOf(request, 'Signature')).toBe(`sig1=:${signature}:`)
})

it('the nonce of the page is made as the page says', () => {
  const random = Buffer.from('1f8c2a4490b3ad17a65e03d27bc8916a', 'hex')
  const nonce = nonceByHand({ secret: nonceSecret, keyId: 'alice', region: 'eu', issuedAt: pageTime, random })
  expect(fieldOf(challenge, 'Accept-Signature')).toContain(`;nonce="${nonce}"`)
  expect(fieldOf(answer, 'Signature-Input')).toContain(`;nonce="${nonce}"`)
})

it('the server answers as the page says', async () => {
  const verify = await pageVerifier()
  const refusal = await verify(received(unasked)).catch((error: SignatureError) => error)
  const { status, headers, body } = problemOf(refusal as SignatureError)
  expect(challenge.firstLine).toBe(`HTTP/1.1 ${status} Unauthorized`)
  const fields = challenge.fields.map(([name, value]) => [name.toLowerCase(), value])
  expect(headers).toEqual(Object.fromEntries(fields))
  expect(body).toBe(challenge.body)
  expect(await verify(received(answer))).toMatchObject({ keyId: 'alice', replayChecked: true })
})

it('the program of the page runs', async () => {
  const code = /^```js\n(\/\/ challenges\.mjs\n.*?)^```$/ms.exec(page)?.[1] ?? ''
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'challenges.mjs')
  await build({
    stdin: { contents: code, resolveDir: root, loader: 'js' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'error',
  })
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile])
  expect([stdout, stderr]).toEqual(['200 done\n', ''])
})
