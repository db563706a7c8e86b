import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { algorithmNames } from '../src/keys/algorithm-names.ts'
import { countersign } from './made-world.ts'
import { publicTestKey, testKey } from './signed-text.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const mode = (path: string) => statSync(path).mode & 0o777

describe('keygen', () => {
  it.each(algorithmNames)('makes a key for %s that public, thumbprint and sign take', async (algorithm) => {
    const path = file(`${algorithm}.jwk`)
    const made = await countersign(['keygen', '-a', algorithm, '--key-id', 'alice', '-o', path])
    expect(made.code).toBe(0)
    expect(made.stdout).toBe('')
    expect(made.stderr).toContain('keyid: alice')
    expect(mode(path)).toBe(0o600)
    const jwk = JSON.parse(readFileSync(path, 'utf8'))
    expect(jwk).toMatchObject({ kid: 'alice' })
    const signed = await countersign(['sign', '-k', path], { stdin: 'GET / HTTP/1.1\nHost: bank.example\n' })
    expect(signed.stderr).toBe('')
    expect(signed.stdout).toContain(`alg="${algorithm}";keyid="alice"`)
    const publicKey = await countersign(['public', '-k', path])
    expect(publicKey.code).toBe(algorithm === 'hmac-sha256' ? 3 : 0)
    if (algorithm === 'hmac-sha256') return
    const printed = JSON.parse(publicKey.stdout)
    expect(printed).not.toHaveProperty('d')
    expect(JSON.parse(readFileSync(`${path}.pub`, 'utf8'))).toMatchObject({ kty: printed.kty, kid: 'alice' })
    expect(mode(`${path}.pub`)).toBe(0o644)
  })

  it('names a key by its thumbprint, which thumbprint prints', async () => {
    const path = file('unnamed.jwk')
    const { stderr } = await countersign(['keygen', '-o', path])
    const { stdout } = await countersign(['thumbprint', '-k', `${path}.pub`])
    expect(stdout).toMatch(/^[\w-]{43}\n$/)
    expect(stderr).toContain(`keyid: ${stdout}`)
  })

  it('writes PEM that OpenSSL reads', async () => {
    const path = file('alice.pem')
    expect((await countersign(['keygen', '-a', 'ecdsa-p384-sha384', '--format', 'pem', '-o', path])).code).toBe(0)
    expect(createPrivateKey(readFileSync(path)).asymmetricKeyDetails?.namedCurve).toBe('secp384r1')
    const both = createPublicKey(readFileSync(`${path}.pub`)).export({ type: 'spki', format: 'pem' })
    expect((await countersign(['public', '-k', path, '--format', 'pem'])).stdout).toBe(both)
  })

  it('does not write over a key, unless told to', async () => {
    const path = file('kept.jwk')
    await countersign(['keygen', '-o', path])
    const before = readFileSync(path, 'utf8')
    const again = await countersign(['keygen', '-o', path])
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('--force')
    expect(readFileSync(path, 'utf8')).toBe(before)
    chmodSync(path, 0o644)
    expect((await countersign(['keygen', '-o', path, '--force'])).code).toBe(0)
    expect(mode(path), 'a file that others could read').toBe(0o600)
    expect(readFileSync(path, 'utf8')).not.toBe(before)
  })

  it('writes both keys or none, and replaces both or none', async () => {
    const pair = file('pair.jwk')
    await countersign(['keygen', '-o', pair])
    const before = [readFileSync(pair, 'utf8'), readFileSync(`${pair}.pub`, 'utf8')]
    for (const [nowhere, code] of [
      ['nowhere/x', 3],
      ['', 2],
    ] as const) {
      const failed = await countersign(['keygen', '-o', pair, '--public-out', nowhere && file(nowhere), '--force'])
      expect(failed.code).toBe(code)
      expect([readFileSync(pair, 'utf8'), readFileSync(`${pair}.pub`, 'utf8')]).toEqual(before)
    }
    const fresh = await countersign(['keygen', '-o', file('fresh.jwk'), '--public-out', file('nowhere/x')])
    expect([fresh.code, existsSync(file('fresh.jwk'))]).toEqual([3, false])
    expect(fresh.stderr).toContain('there is no such folder')
    const folder = await countersign(['keygen', '-o', file('.'), '--force'])
    expect([folder.code, folder.stderr]).toEqual([2, expect.stringContaining('is no file')])
    expect((await countersign(['keygen', '-o', pair, '--force'])).code).toBe(0)
    const made = JSON.parse(readFileSync(pair, 'utf8'))
    expect(JSON.parse(readFileSync(`${pair}.pub`, 'utf8')).x).toBe(made.x)
    expect(readdirSync(file('.')).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('--json says where the keys are, and not what they are', async () => {
    const path = file('told.jwk')
    const { code, stdout, stderr } = await countersign(['keygen', '--key-id', 'alice', '-o', path, '--json'])
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toEqual({ keyid: 'alice', secretFile: path, publicFile: `${path}.pub` })
    const secret = await countersign(['keygen', '-a', 'hmac-sha256', '-o', file('told.secret'), '--json'])
    expect(JSON.parse(secret.stdout)).toMatchObject({ publicFile: null })
    const printed = await countersign(['keygen', '--json'])
    expect([printed.code, printed.stdout]).toEqual([2, ''])
  })

  it.each(['', 'a"b', 'ü', 'x'.repeat(257)])('refuses the keyid %j', async (keyId) => {
    const { code, stdout, stderr } = await countersign(['keygen', '--key-id', keyId])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('--key-id')])
  })

  it('makes nothing where one of its two files exists, or both are one', async () => {
    writeFileSync(file('half.jwk.pub'), 'kept')
    const half = await countersign(['keygen', '-o', file('half.jwk')])
    expect([half.code, existsSync(file('half.jwk'))]).toEqual([2, false])
    const printed = await countersign(['keygen', '--public-out', file('half.jwk.pub')])
    expect([printed.code, printed.stdout]).toEqual([2, ''])
    expect(readFileSync(file('half.jwk.pub'), 'utf8')).toBe('kept')
    const one = await countersign(['keygen', '-o', file('one.jwk'), '--public-out', file('./one.jwk'), '--force'])
    expect([one.code, existsSync(file('one.jwk'))]).toEqual([2, false])
    const beside = await countersign(['keygen', '--public-out', file('beside.jwk')])
    expect(JSON.parse(readFileSync(file('beside.jwk'), 'utf8')).x).toBe(JSON.parse(beside.stdout).x)
  })

  it('does not print a private key on a terminal', async () => {
    const { code, stdout, stderr } = await countersign(['keygen'], { terminal: true })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('--out FILE')
    expect(JSON.parse((await countersign(['keygen'])).stdout)).toHaveProperty('d')
  })

  it('has no PEM of a secret', async () => {
    const { code, stderr } = await countersign(['keygen', '-a', 'hmac-sha256', '--format', 'pem'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--format jwk')])
  })
})

describe('a key', () => {
  it('comes from a file, from standard input, or from a variable', async () => {
    const path = file('three.jwk')
    await countersign(['keygen', '-o', path])
    const text = readFileSync(path, 'utf8')
    const [a, b, c] = await Promise.all([
      countersign(['thumbprint', '-k', path]),
      countersign(['thumbprint', '-k', '-'], { stdin: text }),
      countersign(['thumbprint'], { env: { COUNTERSIGN_KEY: text } }),
    ])
    expect(a?.stdout).toMatch(/^[\w-]{43}\n$/)
    expect([b?.stdout, c?.stdout]).toEqual([a?.stdout, a?.stdout])
  })

  it.each([
    ['{"kty":"oct","k":"c2VjcmV0"}', 'a JWK'],
    ['-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----', 'a PEM'],
    ['q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=', 'a secret'],
  ])('is not an argument: %s (%s)', async (argument) => {
    const { code, stdout, stderr } = await countersign(['thumbprint', '-k', argument])
    expect(code).toBe(2)
    expect(stderr).toContain('COUNTERSIGN_KEY')
    expect(stdout + stderr).not.toContain(argument)
  })

  it('is printed as JSON: public and thumbprint', async () => {
    const env = { COUNTERSIGN_KEY: JSON.stringify(testKey) }
    const { stdout } = await countersign(['public', '--json'], { env })
    const { pem, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({ keyid: testKey.kid, algorithm: 'ed25519', jwk: publicTestKey })
    expect(createPublicKey(pem).export({ format: 'jwk' })['x']).toBe(testKey.x)
    const thumbprint = await countersign(['thumbprint', '--json'], { env })
    // RFC 9421 B.1.4 names its key otherwise: this is the digest of RFC 7638 3 by node:crypto.
    const members = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: testKey.x })
    const digest = createHash('sha256').update(members).digest('base64url')
    expect(JSON.parse(thumbprint.stdout)).toEqual({ hash: 'sha-256', thumbprint: digest })
  })

  it('that is encrypted, or empty, says what to do', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    const encrypted = await countersign(['public', '-k', '-'], { stdin: pem as string })
    expect([encrypted.code, encrypted.stderr]).toEqual([3, expect.stringContaining('openssl pkey')])
    writeFileSync(file('empty'), '\n', { mode: 0o600 })
    const empty = await countersign(['public', '-k', file('empty')])
    expect([empty.code, empty.stderr]).toEqual([3, `countersign: the key file ${file('empty')} is empty\n`])
    expect((await countersign(['public', '-k', ''])).code).toBe(2)
  })

  it('that is not valid at this time is told, and signs all the same', async () => {
    const now = 1_795_305_600
    const sign = (more: object) =>
      countersign(['sign'], {
        env: { COUNTERSIGN_KEY: JSON.stringify({ ...testKey, ...more }) },
        stdin: 'GET / HTTP/1.1\nHost: a.example\n',
        now,
      })
    const past = await sign({ exp: now - 1 })
    expect([past.code, past.stderr]).toEqual([0, expect.stringContaining('is past its exp')])
    expect(past.stdout).toContain('Signature-Input')
    expect((await sign({ nbf: now + 1 })).stderr).toContain('is before its nbf')
    expect((await sign({ nbf: now, exp: now })).stderr).toBe('')
  })

  it('must exist', async () => {
    const none = await countersign(['thumbprint'])
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--key FILE')])
    const missing = await countersign(['thumbprint', '-k', file('nowhere')])
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('cannot be read')])
    const terminal = await countersign(['thumbprint', '-k', '-'], { terminal: true })
    expect([terminal.code, terminal.stderr]).toEqual([2, expect.stringContaining('nothing is piped')])
  })

  it('that is broken is not quoted', async () => {
    for (const text of [
      '{"kty":"OKP","d":"secret-part"',
      '{"d":"secret-part"}',
      '{"kty":"OKP","crv":"X25519","d":"secret-part"}',
    ]) {
      const { code, stdout, stderr } = await countersign(['sign', '-k', '-', '--key-id', 'a', file('none')], {
        stdin: text,
      })
      expect(code).toBe(3)
      expect(stdout + stderr).not.toContain('secret-part')
    }
  })

  it('that others can read is said', async () => {
    const path = file('open.jwk')
    await countersign(['keygen', '-o', path])
    chmodSync(path, 0o644)
    expect((await countersign(['thumbprint', '-k', path])).stderr).toContain(`chmod 600 ${path}`)
    expect((await countersign(['thumbprint', '-k', `${path}.pub`])).stderr, 'a public key').toBe('')
  })

  it('of RSA says what for', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const path = file('rsa.pem')
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const unsaid = await countersign(['public', '-k', path])
    expect([unsaid.code, unsaid.stderr]).toEqual([2, expect.stringContaining('--algorithm rsa-pss-sha512')])
    expect((await countersign(['public', '-k', path, '--algorithm', 'rsa-pss-sha512'])).code).toBe(0)
    expect((await countersign(['public', '-k', path, '--algorithm', 'ed25519'])).code).toBe(3)
    expect((await countersign(['public', '-k', path, '--algorithm', 'none'])).code).toBe(2)
  })

  it('that is a secret needs a name, and has no thumbprint', async () => {
    const env = { COUNTERSIGN_KEY: Buffer.alloc(32, 7).toString('base64') }
    const unnamed = await countersign(['sign'], { env, stdin: 'GET / HTTP/1.1\nHost: a.example\n' })
    expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('--key-id')])
    expect(
      (await countersign(['sign', '--key-id', 'a'], { env, stdin: 'GET / HTTP/1.1\nHost: a.example\n' })).code,
    ).toBe(0)
    expect((await countersign(['thumbprint'], { env })).code).toBe(3)
    const short = await countersign(['sign', '--key-id', 'a'], {
      env: { COUNTERSIGN_KEY: 'c2hvcnQ=' },
      stdin: 'GET / HTTP/1.1\nHost: a.example\n',
    })
    expect([short.code, short.stderr]).toEqual([3, expect.stringContaining('32 random bytes')])
  })
})
