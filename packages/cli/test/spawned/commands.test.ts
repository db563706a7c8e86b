import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { startBank } from '../bank.ts'
import { expectGolden } from '../golden.ts'
import { lasting } from '../pages/console-page.ts'
import { publicBankKey, signedAnswer } from '../signed-answer.ts'
import { created, publicTestKey, signedText, testKey } from '../signed-text.ts'
import { builtProgram, hasTool } from './built-program.ts'

const program = builtProgram()
const { file } = program
/** What begins a change of colour. */
const csi = '\u001b['
let bank = ''

beforeAll(async () => {
  bank = (await startBank(publicTestKey)).origin
  const { text, base } = signedText()
  const files = {
    'test.jwk': JSON.stringify(testKey),
    'test.jwk.pub': JSON.stringify(publicTestKey),
    'bank.jwk.pub': JSON.stringify(publicBankKey),
    'transfer.http': 'POST /transfers HTTP/1.1\nHost: bank.example\nContent-Type: application/json\n\n{"amount":10}',
    'sent.http': text,
    'received.http': text.replace('dry=1&to=bob', 'to=bob&dry=1'),
    'base.txt': base,
    'answer.http': signedAnswer().text,
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(file(name), content, { mode: 0o600 })
})

const at = `--at ${created + 2}`

/** What each command prints when all is well, and `explain` where it has something to say. */
const lines: readonly (readonly [name: string, line: string, code: number])[] = [
  ['keygen', 'countersign keygen --key-id alice -o alice.jwk', 0],
  ['keygen-json', 'countersign keygen -a hmac-sha256 --key-id alice -o alice.secret --json', 0],
  ['public', 'countersign public -k test.jwk', 0],
  ['public-pem', 'countersign public -k test.jwk --format pem', 0],
  ['thumbprint', 'countersign thumbprint -k test.jwk', 0],
  ['request', `countersign request POST BANK/pay -k test.jwk -d '{"amount":10}'`, 0],
  ['request-include', 'countersign request GET BANK/balance -k test.jwk -i', 0],
  ['request-dry-run', `countersign request POST BANK/pay -k test.jwk -d '{"amount":10}' --dry-run`, 0],
  ['request-curl', `countersign request POST BANK/pay -k test.jwk -d '{"amount":10}' --curl`, 0],
  ['request-refused', 'countersign request GET BANK/ -k test.jwk --key-id nobody --fail', 1],
  ['request-unreached', 'countersign request GET http://127.0.0.1:1/ -k test.jwk', 3],
  ['sign', 'countersign sign transfer.http -k test.jwk --base', 0],
  ['verify-accepted', `countersign verify sent.http -k test.jwk.pub ${at}`, 0],
  ['verify-response', `countersign verify answer.http --request sent.http -k bank.jwk.pub ${at}`, 0],
  ['explain', 'countersign explain received.http --signed base.txt', 1],
  ['explain-key', `countersign explain received.http -k test.jwk.pub ${at}`, 1],
  ['usage', 'countersign sing', 2],
]

/** A line that stands on the wire or in a base is not broken: it is there to be compared and copied. */
const onTheWire = /^(?:"|Signature|signature| {2}-H |\{)/

const unpainted = (text: string) =>
  text
    .split(csi)
    .map((part, index) => (index === 0 ? part : part.replace(/^\d+m/, '')))
    .join('')

// skipped where script(1) of util-linux is missing: it makes the terminal
describe.skipIf(!hasTool('script'))('in a terminal of 80 columns', () => {
  it.each(lines)('%s', async (name, template, code) => {
    const line = template.replace('BANK', bank)
    // A shell of its own: quotes of the line must not meet those of script.
    writeFileSync(file('line.sh'), `stty cols 80 rows 24\n${line}\n`)
    const ran = await program.shell("script -qfec 'sh line.sh' /dev/null")
    const shown = ran.stdout.toString().replaceAll('\r\n', '\n')
    expect(ran.code).toBe(code)
    expectGolden(`terminal/${name}`, `${lasting(shown)}\n`)
    for (const text of unpainted(shown).split('\n')) {
      if (!onTheWire.test(text)) expect(text.length, text).toBeLessThanOrEqual(80)
    }
  })

  it('narrower ones get narrower text', async () => {
    const line = `countersign verify received.http -k test.jwk.pub ${at} --no-base`
    const ran = await program.shell(`script -qfec 'stty cols 40 rows 24; ${line}' /dev/null`)
    const shown = unpainted(ran.stdout.toString().replaceAll('\r\n', '\n'))
    expectGolden('terminal/verify-40', shown)
    for (const text of shown.split('\n')) expect(text.length, text).toBeLessThanOrEqual(46)
  })

  it('Ctrl-C on the keyboard ends a request that nobody answers', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const line = `countersign request GET http://127.0.0.1:${(silent.address() as AddressInfo).port}/ -k test.jwk`
    silent.once('connection', () => writeFileSync(file('connected'), ''))
    const keyboard = "while [ ! -e connected ]; do sleep 0.05; done; printf '\\003'; sleep 1"
    const { code, stdout } = await program.shell(`(${keyboard}) | script -qfec '${line}' /dev/null`)
    silent.close()
    expect([code, stdout.toString()]).toEqual([130, '^C'])
  })

  it('one that is dumb gets no colour', async () => {
    const line = `countersign verify received.http -k test.jwk.pub ${at} --no-base`
    const ran = await program.shell(`script -qfec '${line}' /dev/null`, { TERM: 'dumb' })
    expect(ran.stdout.toString()).not.toContain(csi)
    expect(ran.stdout.toString()).toContain('refused: the signature does not verify')
  })
})

describe('in a pipe', () => {
  it.each(lines)('%s is not coloured', async (name, template, code) => {
    const line = template.replace('BANK', bank).replace('-o alice', `-o piped-${name}`)
    const ran = await program.shell(line)
    expect([ran.code, ran.stdout.toString() + ran.stderr]).toEqual([code, expect.not.stringContaining(csi)])
    // What is there to be passed on goes to standard output, and nothing else.
    if (code === 0 && name !== 'keygen') expect(ran.stdout.length).toBeGreaterThan(0)
    if (code > 1 || name === 'keygen') expect(ran.stdout.toString()).toBe('')
  })
})
