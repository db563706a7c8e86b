import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { ed25519, importSigningKey, importVerifyingKey } from '@countersign/core'
import { createMemoryReplayStore, createSignedSender } from '@countersign/verifier'
import { explainRefusals } from '@countersign/verifier/explain'
import { createVerifier, protect } from '@countersign/verifier/node'

let commands = 0

/**
 * Runs the installed program, and demands an exit code.
 *
 * @param {number} expected
 * @param {readonly string[]} args
 * @returns {Promise<string>} what it wrote to its standard output
 */
async function countersign(expected, ...args) {
  const child = spawn(process.execPath, ['node_modules/.bin/countersign', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].on('data', (chunk) => {
      said[name] += chunk
    })
  }
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(code, expected, `countersign ${args.join(' ')}\n${said.stdout}${said.stderr}`)
  commands++
  return said.stdout
}

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

for (const name of ['alice', 'bank']) {
  await countersign(0, 'keygen', '--key-id', name, '-o', `${name}.jwk`, '--force')
  if (process.platform !== 'win32') assert.equal(statSync(`${name}.jwk`).mode & 0o777, 0o600)
}
assert.match(await countersign(0, 'thumbprint', '-k', 'alice.jwk'), /^[\w-]{43}\n$/)

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
const origin = `http://127.0.0.1:${port}`
const verify = createVerifier({
  keys: [await importVerifyingKey(ed25519, { jwk: readJson('alice.jwk.pub') }, { keyId: 'alice' })],
  replayStore: createMemoryReplayStore({ startsFresh: true }),
  origin,
  explain: explainRefusals(),
})
const sendSigned = createSignedSender({
  key: await importSigningKey(ed25519, { jwk: readJson('bank.jwk') }, { keyId: 'bank' }),
  origin,
})
server.on(
  'request',
  protect(verify, (_request, response, { keyId, json }) => {
    const { amount } = /** @type {{ amount: number }} */ (json())
    return sendSigned(response, { status: 201, headers: {}, body: `${keyId} pays ${amount}` })
  }),
)

const pay = ['-k', 'alice.jwk', '-d', '{"amount":10}', '--fail']
const answer = await countersign(0, 'request', 'POST', `${origin}/pay`, ...pay, '--save-request', 'sent.http', '-i')
assert.ok(answer.endsWith('\r\n\r\nalice pays 10'), answer)
writeFileSync('answer.http', answer)
await countersign(0, 'verify', 'sent.http', '-k', 'alice.jwk.pub', '--origin', origin)
await countersign(0, 'verify', 'answer.http', '--request', 'sent.http', '-k', 'bank.jwk.pub')
writeFileSync('forged.http', answer.replace('pays 10', 'pays 11'))
await countersign(1, 'verify', 'forged.http', '--request', 'sent.http', '-k', 'bank.jwk.pub')

const other = `http://localhost:${port}`
await countersign(1, 'request', 'POST', `${other}/pay`, ...pay, '--save-request', 'refused.http', '-o', 'refusal.json')
const cause = await countersign(1, 'explain', 'refused.http', '--answer', 'refusal.json', '--origin', other)
assert.match(cause, /^"@authority" has another value there/)

server.close()
console.log(commands)
