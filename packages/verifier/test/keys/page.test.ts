import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { resolveSettings } from '../../src/keys/remote-jwks-options.ts'
import { newKey, startJwksServer } from './jwks-server.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const page = readFileSync(join(root, 'docs/keys.md'), 'utf8')

/** The block of the page that begins with the name of a file. */
function block(name: string): string {
  const found = [...page.matchAll(/^```js\n(.*?)^```$/gms)].find(([, code = '']) => code.startsWith(`// ${name}\n`))
  if (found?.[1] === undefined) throw new Error(`docs/keys.md has no block ${name}`)
  return found[1]
}

/** Runs a program that imports blocks of the page, with the packages from their sources. */
async function run(
  program: string,
  blocks: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, code] of Object.entries({ 'program.mjs': program, ...blocks }))
    writeFileSync(join(folder, name), code)
  const outfile = join(folder, 'bundle.mjs')
  await build({
    entryPoints: [join(folder, 'program.mjs')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    external: ['node:*'],
    logLevel: 'error',
  })
  const env = { ...process.env, ...environment }
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', outfile], { env })
  return stdout.trim().split('\n')
}

interface PemPair {
  readonly publicKey: string
  readonly privateKey: string
}

function ed25519Pems(): PemPair {
  return generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

/** Signs with a key of an environment variable, and prints how a verifier with some keys answers. */
const tryIt = `
import { ed25519, importSigningKey, createRequestMessage, sign } from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier } from '@countersign/verifier'

const message = createRequestMessage({ method: 'GET', url: 'https://bank.example/', headers: [] })
const components = ['@method', '@authority', '@path', '@query']
const replayStore = createMemoryReplayStore({ startsFresh: true })

export const signer = (pem, keyId) => importSigningKey(ed25519, { pem }, { keyId })

export async function request(key, now, nonce = 'nonce-' + crypto.randomUUID()) {
  const fields = await sign(message, key, { components, parameters: { created: now, nonce, keyid: key.keyId } })
  const headers = [['Signature-Input', fields.signatureInput], ['Signature', fields.signature]]
  return { method: 'GET', target: '/', headers, body: null, source: undefined }
}

export async function ends(keys, key, now = 1_797_000_000) {
  const verify = createMessageVerifier({ keys, replayStore, origin: 'https://bank.example', clock: () => now * 1000 })
  const answer = await verify(await request(key, now)).catch((error) => error)
  console.log(answer.principal ?? answer.code)
}
`

it('the list of the page runs, with an old and a new key', async () => {
  const names = ['BOB', 'ALICE_OLD', 'ALICE_NEW', 'MALLORY'] as const
  const pems = new Map(names.map((name) => [name, ed25519Pems()]))
  const environment = Object.fromEntries(
    [...pems].flatMap(([name, pem]) => [
      [`${name}_PEM`, pem.publicKey],
      [`${name}_PRIVATE`, pem.privateKey],
    ]),
  )
  const program = `
    import { keys } from './list.mjs'
    import { ends, signer } from './try-it.mjs'
    const of = (name, keyId) => signer(process.env[name + '_PRIVATE'], keyId)
    await ends(keys, await of('BOB', 'bob'))
    await ends(keys, await of('MALLORY', 'mallory'))
    for (const now of [1_796_000_000, 1_797_000_000, 1_799_000_000]) {
      await ends(keys, await of('ALICE_OLD', 'alice-2026'), now)
      await ends(keys, await of('ALICE_NEW', 'alice-2027'), now)
    }`
  expect(await run(program, { 'list.mjs': block('list.mjs'), 'try-it.mjs': tryIt }, environment)).toEqual([
    'bob',
    'inactive_key',
    ...['alice', 'inactive_key'],
    ...['alice', 'alice'],
    ...['inactive_key', 'alice'],
  ])
})

it('the function of the page runs', async () => {
  const { publicKey, privateKey } = ed25519Pems()
  const program = `
    import { keysOf } from './database.mjs'
    import { ends, signer } from './try-it.mjs'
    const row = { pem: process.env.PUBLIC, customer: 'alice & sons', expires: null, revoked: false }
    const rows = new Map([['alice', row]])
    const keys = keysOf({ findKey: async (keyId) => rows.get(keyId) })
    await ends(keys, await signer(process.env.PRIVATE, 'alice'))
    await ends(keys, await signer(process.env.PRIVATE, 'nobody'))
    row.revoked = true
    await ends(keys, await signer(process.env.PRIVATE, 'alice'))
    await ends(keysOf({ findKey: () => Promise.reject(new Error('down')) }), await signer(process.env.PRIVATE, 'alice'))`
  const blocks = { 'database.mjs': block('database.mjs'), 'try-it.mjs': tryIt }
  const environment = { PUBLIC: publicKey, PRIVATE: privateKey }
  expect(await run(program, blocks, environment)).toEqual([
    'alice & sons',
    'unknown_key',
    'inactive_key',
    'key_unavailable',
  ])
})

it('the remote set of the page runs', async () => {
  const server = await startJwksServer([newKey('partner-1').jwk])
  const code = block('remote.mjs')
    .replace('https://keys.partner.example/jwks.json', server.url)
    .replace("'keys.partner.example'", `'${server.host}'`)
    .replace('allowedHosts', 'dangerouslyAllowHttp: true, allowedHosts')
  const program = `import { verify } from './remote.mjs'\nconsole.log(typeof verify)`
  expect(await run(program, { 'remote.mjs': code })).toEqual(['function'])
  expect(server.requests().length).toBe(1)
})

it('the rotation of the page runs', async () => {
  const [old, next] = [ed25519Pems(), ed25519Pems()]
  const program = `
    import { ed25519, importVerifyingKey } from '@countersign/core'
    import { verifierOf } from './rotation.mjs'
    import { request, signer } from './try-it.mjs'
    const now = Math.floor(Date.now() / 1000)
    const key = (pem, keyId) => importVerifyingKey(ed25519, { pem }, { keyId })
    const [old, next] = [await key(process.env.OLD_PUBLIC, 'a-1'), await key(process.env.NEW_PUBLIC, 'a-2')]
    const verify = verifierOf(old, next, now)
    const [first, second] = [await signer(process.env.OLD, 'a-1'), await signer(process.env.NEW, 'a-2')]
    const nonce = ${JSON.stringify(randomUUID())}
    for (const [key, given] of [[first, nonce], [second], [second, nonce]]) {
      const answer = await verify(await request(key, now, given)).catch((error) => error)
      console.log(answer.principal ?? answer.code)
    }
    const late = verifierOf(old, next, now - 86_401)
    console.log((await late(await request(first, now)).catch((error) => error)).code)`
  const blocks = { 'rotation.mjs': block('rotation.mjs'), 'try-it.mjs': tryIt }
  const environment = {
    OLD: old.privateKey,
    OLD_PUBLIC: old.publicKey,
    NEW: next.privateKey,
    NEW_PUBLIC: next.publicKey,
  }
  expect(await run(program, blocks, environment)).toEqual(['alice', 'alice', 'replayed', 'inactive_key'])
})

it('the KMS keys of the page run', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const program = `
    import { createSign, createVerify } from 'node:crypto'
    import { kmsSigningKey, kmsVerifyingKey } from './kms.mjs'
    import { ends } from './try-it.mjs'
    const dsaEncoding = 'ieee-p1363'
    const kms = {
      sign: async (_keyId, base) =>
        createSign('sha256').update(base).sign({ key: process.env.PRIVATE, dsaEncoding }),
      verify: async (_keyId, base, signature) =>
        createVerify('sha256').update(base).verify({ key: process.env.PUBLIC, dsaEncoding }, signature),
    }
    const down = { ...kms, verify: () => Promise.reject(new Error('down')) }
    const key = kmsSigningKey(kms, 'alice')
    await ends([kmsVerifyingKey(kms, 'alice')], key)
    await ends([{ key: kmsVerifyingKey(kms, 'alice'), revoked: true }], key)
    await ends([kmsVerifyingKey(down, 'alice')], key)
    await ends([kmsVerifyingKey(kms, 'alice')], { ...key, sign: () => new Uint8Array(64) })`
  const blocks = { 'kms.mjs': block('kms.mjs'), 'try-it.mjs': tryIt }
  expect(await run(program, blocks, { PRIVATE: privateKey, PUBLIC: publicKey })).toEqual([
    'alice',
    'inactive_key',
    'key_unavailable',
    'invalid_signature',
  ])
})

it('the page names each option of a remote set, and its defaults', () => {
  const settings = resolveSettings({ url: 'https://a.example/', allowedHosts: ['a.example'] })
  const told = [
    'cacheSeconds',
    'cooldownSeconds',
    'staleSeconds',
    'timeoutMilliseconds',
    'maxBytes',
    'maxKeys',
  ] as const
  const text = page.replaceAll(',', '')
  for (const name of told) expect(text).toMatch(new RegExp(`\`${name}\`[^\\n]{0,40}\\(${settings[name]}\\b`))
  for (const name of ['url', 'allowedHosts', 'principal', 'algorithms', 'headers', 'fetch', 'onEvent']) {
    expect(page).toContain(name)
  }
})

it('every link of the page, and every one to it, leads to a heading', () => {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'))
  const refusals = readFileSync(join(root, 'docs/refusals.md'), 'utf8')
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g), ...refusals.matchAll(/\]\(keys\.md#([^)]+)\)/g)]
  expect(links.length).toBeGreaterThan(4)
  for (const [, anchor] of links) expect(headings).toContain(anchor)
})
