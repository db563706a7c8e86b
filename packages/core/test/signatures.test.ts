import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  component,
  createRequestMessage,
  type FieldLine,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  isSignatureError,
  parseSignatures,
  type RequestMessage,
  readSignatureInput,
  SignatureError,
  type SigningKey,
  sign,
  type VerifyingKey,
  verifySignature,
} from '../src/index.ts'
import { expectCode } from './expect-code.ts'

const secret = new Uint8Array(32).fill(7)
let signingKey: SigningKey
let verifyingKey: VerifyingKey

beforeAll(async () => {
  signingKey = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
  verifyingKey = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })
})

function message(headers: FieldLine[] = []): RequestMessage {
  return createRequestMessage({ method: 'GET', url: 'https://e/', headers })
}

function signed(input: string, signature: string): RequestMessage {
  return message([
    ['Signature-Input', input],
    ['Signature', signature],
  ])
}

/** HMAC of a base, computed by node:crypto. */
function mac(base: string): string {
  return createHmac('sha256', secret).update(base).digest('base64')
}

describe('parseSignatures (RFC 9421 4)', () => {
  it('reads each label once', () => {
    const signatures = parseSignatures(signed('a=("@method");created=1, b=()', 'b=:AAAA:, a=:AQ==:'))
    expect(signatures.map(({ label, signature }) => [label, [...signature]])).toEqual([
      ['a', [1]],
      ['b', [0, 0, 0]],
    ])
  })

  it('joins the lines of a field', () => {
    const headers: FieldLine[] = [
      ['signature-input', 'a=()'],
      ['signature', 'a=:AAAA:'],
      ['Signature-Input', 'b=()'],
      ['Signature', 'b=:AAAA:'],
    ]
    expect(parseSignatures(message(headers)).map(({ label }) => label)).toEqual(['a', 'b'])
  })

  it.each([
    ['malformed_signature_input', 'a=(', 'a=:AAAA:'],
    ['malformed_signature_input', 'a="@method"', 'a=:AAAA:'],
    ['malformed_signature_input', 'a', 'a=:AAAA:'],
    ['malformed_signature_input', 'a=("@method"', 'a=:AAAA:'],
    ['malformed_signature_input', 'a=("@method);created=1', 'a=:AAAA:'],
    ['malformed_signature_input', 'A=()', 'A=:AAAA:'],
    ['malformed_signature', 'a=()', 'a=AAAA'],
    ['malformed_signature', 'a=()', 'a="AAAA"'],
    ['malformed_signature', 'a=()', 'a=:A_-A:'],
    ['malformed_signature', 'a=()', 'a=:A A:'],
    ['malformed_signature', 'a=()', 'a=(:AAAA:)'],
    ['malformed_signature', 'a=()', 'a=:AAAA:,'],
    ['malformed_signature', 'a=()', '!'],
    ['duplicate_label', 'a=(), a=()', 'a=:AAAA:'],
    ['duplicate_label', 'a=()', 'a=:AAAA:, a=:AAAA:'],
    ['malformed_parameter', 'a=();created=1;created=2', 'a=:AAAA:'],
    ['malformed_parameter', 'a=("x";key="a";key="b")', 'a=:AAAA:'],
    ['label_mismatch', 'a=()', 'b=:AAAA:'],
    ['label_mismatch', 'a=(), b=()', 'a=:AAAA:'],
    ['label_mismatch', 'a=()', 'a=:AAAA:, b=:AAAA:'],
    ['label_mismatch', 'a=()', ''],
    ['missing_signature', '', ''],
  ] as const)(
    'refuses with %s: Signature-Input: %s, Signature: %s (attacks 72 to 74)',
    async (code, input, signature) => {
      await expectCode(code, () => parseSignatures(signed(input, signature)))
    },
  )

  it('tells no signature from half of one', async () => {
    await expectCode('missing_signature', () => parseSignatures(message()))
    await expectCode('label_mismatch', () => parseSignatures(message([['Signature', 'a=:AAAA:']])))
    await expectCode('label_mismatch', () => parseSignatures(message([['Signature-Input', 'a=()']])))
  })

  it('looks at limits before it parses (attack 75)', async () => {
    const many = (count: number, text: (index: number) => string): string =>
      Array.from({ length: count }, (_, i) => text(i)).join(', ')
    const five = signed(
      many(5, (i) => `a${i}=()`),
      many(5, (i) => `a${i}=:AAAA:`),
    )
    await expectCode('limit_exceeded', () => parseSignatures(five))
    await expectCode('limit_exceeded', () => parseSignatures(signed(`a=(${'"x" '.repeat(33).trim()})`, 'a=:AAAA:')))
    await expectCode('limit_exceeded', () => parseSignatures(signed('('.repeat(1 << 20), 'a=:AAAA:')))
    await expectCode('limit_exceeded', () => parseSignatures(signed('a=()', '('.repeat(8192))))
    const limits = { maxFieldLength: 100, maxSignatures: 1, maxComponents: 1 }
    await expectCode('limit_exceeded', () => parseSignatures(signed('a=("x" "y")', 'a=:AAAA:'), limits))
    expect(parseSignatures(signed('a=("x")', 'a=:AAAA:'), limits)).toHaveLength(1)
  })
})

describe('readSignatureInput', () => {
  const read = (input: string): unknown => {
    const [signature] = parseSignatures(signed(input, 'a=:AAAA:'))
    return readSignatureInput(signature!.input)
  }

  it.each([
    ['a=();created=1.5'],
    ['a=();created="1"'],
    ['a=();created=-1'],
    ['a=();created=@1'],
    ['a=();created'],
    ['a=();created=abc'],
    ['a=();expires=1.0'],
    ['a=();nonce=1'],
    ['a=();nonce=token'],
    ['a=();keyid=:AAAA:'],
    ['a=();keyid=token'],
    ['a=();alg=hmac-sha256'],
    ['a=();tag=?1'],
  ])('refuses a parameter of a wrong type: %s (attack 26)', async (input) => {
    await expectCode('malformed_parameter', () => read(input))
  })

  it.each([
    ['a=(1)'],
    ['a=(token)'],
    ['a=("@nope")'],
    ['a=("X")'],
    ['a=("@signature-params")'],
    ['a=("x";nope)'],
    ['a=("x";bs;sf)'],
  ])('refuses an unknown component: %s', async (input) => {
    await expectCode('invalid_component', () => read(input))
  })

  it('serializes strictly and keeps unknown parameters', () => {
    expect(read('a=( "x"   "y";req  );created=1;other=tok;keyid="k\\"\\\\"')).toMatchObject({
      text: '("x" "y";req);created=1;other=tok;keyid="k\\"\\\\"',
      parameters: { created: 1, keyid: 'k"\\' },
    })
  })
})

describe('verifySignature (RFC 9421 3.2)', () => {
  const base = '"@method": GET\n"@signature-params": ("@method");keyid="alice"'
  const good = (): RequestMessage => signed('a=("@method");keyid="alice"', `a=:${mac(base)}:`)

  it('accepts what node:crypto signed', async () => {
    const [signature] = parseSignatures(good())
    const verified = await verifySignature(good(), signature!, verifyingKey)
    expect(verified).toMatchObject({ label: 'a', keyId: 'alice', algorithm: 'hmac-sha256' })
  })

  it('refuses another message', async () => {
    const [signature] = parseSignatures(good())
    const other = createRequestMessage({ method: 'POST', url: 'https://e/', headers: [] })
    await expectCode('invalid_signature', () => verifySignature(other, signature!, verifyingKey))
  })

  it.each([
    ['empty', ''],
    ['cut', mac(base).slice(0, 40)],
    ['extended', Buffer.concat([Buffer.from(mac(base), 'base64'), Buffer.from([0])]).toString('base64')],
  ])('refuses a signature that is %s (attack 87)', async (_what, text) => {
    const bad = signed('a=("@method");keyid="alice"', `a=:${text}:`)
    const [signature] = parseSignatures(bad)
    await expectCode('invalid_signature', () => verifySignature(bad, signature!, verifyingKey))
  })

  it.each(['none', 'ed25519', 'HMAC-SHA256', ''])('refuses alg %j at odds with the key (attack 85)', async (alg) => {
    const text = `"@method": GET\n"@signature-params": ("@method");alg="${alg}"`
    const bad = signed(`a=("@method");alg="${alg}"`, `a=:${mac(text)}:`)
    const [signature] = parseSignatures(bad)
    await expectCode('algorithm_mismatch', () => verifySignature(bad, signature!, verifyingKey))
  })

  it('believes nothing but true from a key', async () => {
    const [signature] = parseSignatures(good())
    const lenient = { ...verifyingKey, verify: () => 'yes' as never }
    await expectCode('invalid_signature', () => verifySignature(good(), signature!, lenient))
  })

  it('says so when the key itself fails', async () => {
    const [signature] = parseSignatures(good())
    const broken = { ...verifyingKey, verify: () => Promise.reject(new Error('the HSM is down')) }
    await expectCode('key_unavailable', () => verifySignature(good(), signature!, broken))
  })
})

describe('sign (RFC 9421 3.1)', () => {
  it('writes parameters in the order of the object', async () => {
    const { signatureInput, base, signature } = await sign(message(), signingKey, {
      components: ['@method', component('@query-param', { name: 'a' })].slice(0, 1),
      parameters: { tag: 't', keyid: 'alice', alg: 'hmac-sha256', nonce: 'n', expires: 2, created: 1 },
    })
    expect(signatureInput).toBe(
      'sig1=("@method");tag="t";keyid="alice";alg="hmac-sha256";nonce="n";expires=2;created=1',
    )
    expect(signature).toBe(`sig1=:${mac(base)}:`)
  })

  it.each([
    ['created', 1.5],
    ['created', -1],
    ['created', '1'],
    ['expires', Number.NaN],
    ['nonce', 'a\nb'],
    ['nonce', 'a\rb'],
    ['nonce', 'a"b'],
    ['nonce', ''],
    ['nonce', 5],
    ['keyid', 'ä'],
    ['keyid', 'a\\b'],
    ['tag', 'a"b'],
    ['alg', 'ed25519'],
    ['unknown', 'x'],
    ['__proto__x', 'x'],
  ])('refuses %s = %j (attack 77)', async (name, value) => {
    const act = sign(message(), signingKey, { components: [], parameters: { [name]: value } })
    await expect(act).rejects.toThrow(TypeError)
  })

  it('refuses an alg outside of the registry, whatever a key calls itself (RFC 9421 3.3)', async () => {
    const own = { ...signingKey, algorithm: 'none' as never }
    const act = sign(message(), own, { components: [], parameters: { alg: 'none' } })
    await expect(act).rejects.toThrow(/alg must be one of hmac-sha256/)
  })

  it.each(['Sig1', '1a', 'a b', '', 'a"', 'ä'])('refuses the label %j', async (label) => {
    await expect(sign(message(), signingKey, { label, components: [], parameters: {} })).rejects.toThrow(TypeError)
  })

  it('refuses components that the message does not have', async () => {
    await expectCode('missing_component', () => sign(message(), signingKey, { components: ['date'], parameters: {} }))
    await expectCode('invalid_component', () => sign(message(), signingKey, { components: ['Date'], parameters: {} }))
    const twice = { components: ['@method', '@method'], parameters: {} }
    await expectCode('duplicate_component', () => sign(message(), signingKey, twice))
  })
})

describe('SignatureError', () => {
  it('is known by its name and code, whichever copy of the package threw it', () => {
    expect(isSignatureError(new SignatureError('stale'))).toBe(true)
    expect(isSignatureError(Object.assign(new Error('x'), { name: 'SignatureError', code: 'stale' }))).toBe(true)
    expect(isSignatureError(Object.assign(new Error('x'), { name: 'SignatureError', code: 'toString' }))).toBe(false)
    expect(isSignatureError(new TypeError('x'))).toBe(false)
    expect(isSignatureError(undefined)).toBe(false)
  })

  it('states the rule, and never what was sent (attack 110)', () => {
    const hidden = 'c2VjcmV0LW5vbmNl'
    for (const [input, signature] of [
      [`a=();nonce=${hidden}!`, 'a=:AAAA:'],
      [`a=();nonce="${hidden}`, 'a=:AAAA:'],
      ['a=()', `a=:${hidden}!:`],
      ['a=()', `a=${hidden}`],
    ] as const) {
      try {
        parseSignatures(signed(input, signature))
        expect.unreachable()
      } catch (error) {
        expect(`${error} ${(error as Error).cause}`).not.toContain(hidden)
      }
    }
  })
})
