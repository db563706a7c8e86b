import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { algorithmNames } from '../src/keys/algorithm-names.ts'
import { countersign, type MadeWorld } from './made-world.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const message = 'POST / HTTP/1.1\nHost: a.example\n\nbody'

/** What of a JWK nobody may see (RFC 7518 6.2.2, 6.3.2, 6.4). */
const secretMembers = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi'] as const

/** Every part of a key that is secret, as long as it cannot stand somewhere by chance. */
function secretsOf(texts: readonly string[]): string[] {
  const members = texts.flatMap((text) => {
    const jwk = text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : {}
    return secretMembers.flatMap((name) => jwk[name] ?? [])
  })
  const lines = texts.flatMap((text) =>
    text.startsWith('-----') ? text.split('\n').filter((line) => /^[\w+/=]{20,}$/.test(line)) : [],
  )
  // A part of them is as bad.
  return [...members, ...lines].flatMap((secret) => [secret.slice(0, 20), secret.slice(-20)])
}

/** Every command that takes a key, also where it fails. */
const lines: readonly (readonly string[])[] = [
  ['public'],
  ['public', '--format', 'pem'],
  ['thumbprint'],
  ['sign'],
  ['sign', '--json', '--base'],
  ['sign', '--component', 'x-absent'],
  ['verify', '--at', 'created'],
  ['verify', '--json'],
  ['explain'],
  ['explain', '--json'],
  ['request', 'GET', 'http://a.example/', '--dry-run'],
  ['request', 'GET', 'http://a.example/', '--dry-run', '--json'],
  ['request', 'GET', 'http://a.example/', '--curl'],
  ['request', 'GET', 'http://127.0.0.1:1/'],
  ['request', 'GET', 'nonsense'],
]

/** Ways to break a key, each of which a parser could quote. */
const damages: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.slice(0, -9),
  (text) => text.slice(1),
  (text) => text.replace(/"(kty|crv|alg)":\s*"[^"]*"/, '"$1": "none"'),
  (text) => text.replace(/"(x|n|k)":\s*"[^"]{3}/, '"$1": "!'),
  (text) => text.replace(/-----BEGIN [A-Z ]+-----\n.{9}/, '-----BEGIN PRIVATE KEY-----\n'),
  (text) => `{"keys":[${text}]}`,
  (text) => `[${text}`,
]

/** Where a key does not belong, and somebody may put it. */
const misplaced: readonly ((key: string) => readonly string[])[] = [
  (key) => [key],
  (key) => ['help', key],
  (key) => [`--${key}`],
  (key) => ['sign', key],
  (key) => ['sign', '-k', key],
  (key) => ['sign', `-k${key}`],
  (key) => ['sign', `--key=${key}`],
  (key) => ['sign', '--key-id', key],
  (key) => ['sign', '--component', key],
  (key) => ['sign', '--expires', key],
  (key) => ['sign', '--label', key],
  (key) => ['sign', '--origin', key],
  (key) => ['verify', '--at', key],
  (key) => ['verify', '--require', key],
  (key) => ['verify', '--request', key],
  (key) => ['explain', '--signed', key],
  (key) => ['keygen', '-a', key],
  (key) => ['public', '--format', key],
  (key) => ['thumbprint', 'a', key],
  (key) => ['request', key, 'http://127.0.0.1:1/'],
  (key) => ['request', 'GET', key],
  (key) => ['request', 'GET', `http://127.0.0.1:1/${key}`],
  (key) => ['request', 'POST', 'http://127.0.0.1:1/', '-d', key],
  (key) => ['request', 'POST', 'http://127.0.0.1:1/', '-F', key],
  (key) => ['request', 'POST', 'http://127.0.0.1:1/', '-H', key],
]

async function said(line: readonly string[], made: MadeWorld): Promise<string> {
  const { stdout, stderr } = await countersign([...line, '--key-id', 'alice'], { stdin: message, ...made })
  return stdout + stderr
}

describe.each(algorithmNames)('no secret part of a key for %s is printed', (algorithm) => {
  it('by any command, whole or broken, from a file, a variable or an argument', async () => {
    const path = file(`${algorithm}.jwk`)
    const made = await countersign(['keygen', '-a', algorithm, '-o', path])
    const jwk = readFileSync(path, 'utf8')
    const isPair = algorithm !== 'hmac-sha256'
    const key = isPair ? createPrivateKey({ key: JSON.parse(jwk) as JsonWebKey, format: 'jwk' }) : undefined
    const pem = key === undefined ? [] : [String(key.export({ type: 'pkcs8', format: 'pem' }))]
    const secrets = secretsOf([jwk, ...pem])
    expect(secrets.length).toBeGreaterThanOrEqual(isPair ? 4 : 2)
    const outputs = [made.stdout + made.stderr]
    for (const text of [jwk, ...pem].flatMap((whole) => damages.map((damage) => damage(whole)))) {
      writeFileSync(path, text)
      for (const line of lines) outputs.push(await said(line, { env: { COUNTERSIGN_KEY: text } }))
      outputs.push(await said(['sign', '-k', path], {}), await said(['sign', '-k', text], {}))
      outputs.push(await said(['verify', '-k', '-', file('none')], { stdin: text }))
    }
    for (const text of [jwk, ...pem]) {
      for (const args of misplaced) {
        const { code, stdout, stderr } = await countersign(args(text), { stdin: message })
        expect([code, stdout], args('KEY').join(' ')).toEqual([2, ''])
        outputs.push(stderr)
      }
    }
    for (const output of outputs) {
      for (const secret of secrets) expect(output).not.toContain(secret)
    }
    // They were used, and not all refused.
    expect(outputs.some((output) => output.includes('Signature-Input: sig1='))).toBe(true)
    expect(outputs.some((output) => output.includes('countersign:'))).toBe(true)
  })
})

it('a secret in base64 is not quoted where it is no key', async () => {
  const secret = Buffer.from('a secret of 32 bytes, more or less').toString('base64')
  expect(secret).toMatch(/=$/)
  for (const args of misplaced) {
    const { stdout, stderr } = await countersign(args(secret), { stdin: message })
    expect(stdout + stderr, args('KEY').join(' ')).not.toContain(secret.slice(0, 20))
  }
})
