import { createHmac, createPrivateKey, createPublicKey, verify as nodeVerify, sign as signWithNode } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  appendSignature,
  component,
  createRequestMessage,
  type FieldLine,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  parseSignatures,
  type RequestMessage,
  type SigningKey,
  sign,
  type VerifyingKey,
  verifySignature,
} from '../src/index.ts'
import { rsaPkcs1PrivatePem } from './crypto/rfc9421-keys.ts'
import { expectCode } from './expect-code.ts'

const secrets = {
  alice: new Uint8Array(32).fill(1),
  bob: new Uint8Array(32).fill(2),
  carol: new Uint8Array(32).fill(3),
}
type Name = keyof typeof secrets
const signingKeys = {} as Record<Name, SigningKey>
const verifyingKeys = {} as Record<Name, VerifyingKey>

beforeAll(async () => {
  for (const [name, secret] of Object.entries(secrets)) {
    signingKeys[name as Name] = await importSigningKey(hmacSha256, { secret }, { keyId: name })
    verifyingKeys[name as Name] = await importVerifyingKey(hmacSha256, { secret }, { keyId: name })
  }
})

function message(headers: Iterable<FieldLine>): RequestMessage {
  return createRequestMessage({ method: 'GET', url: 'https://e/a', headers })
}

/** The Signature member of a label, computed by node:crypto over a base that is written by hand. */
function mac(name: Name, base: string): string {
  return `${name}=:${createHmac('sha256', secrets[name]).update(base).digest('base64')}:`
}

async function addSignature(headers: FieldLine[], name: Name, components = ['@method']): Promise<FieldLine[]> {
  const options = { label: name, components, parameters: { created: 1, keyid: name } }
  return appendSignature(headers, await sign(message(headers), signingKeys[name], options))
}

/** The labels that verify with the key of their own name. */
async function verifiedLabels(headers: Iterable<FieldLine>): Promise<string[]> {
  const target = message(headers)
  const verified = parseSignatures(target).map((signature) =>
    verifySignature(target, signature, verifyingKeys[signature.label as Name]),
  )
  return (await Promise.all(verified)).map(({ label }) => label)
}

describe('appendSignature (RFC 9421 4.3)', () => {
  const aliceLines: FieldLine[] = [
    ['signature-INPUT', '  alice=(  "@method" );created=1;keyid="alice"'],
    ['X-Other', ' Kept as it is\t'],
    ['Signature', mac('alice', '"@method": GET\n"@signature-params": ("@method");created=1;keyid="alice"')],
  ]

  it('adds the first signature to a message without any', async () => {
    expect(await addSignature([['X-Other', '1']], 'alice')).toEqual([
      ['X-Other', '1'],
      ['Signature-Input', 'alice=("@method");created=1;keyid="alice"'],
      ['Signature', mac('alice', '"@method": GET\n"@signature-params": ("@method");created=1;keyid="alice"')],
    ])
  })

  it('keeps what was there byte for byte, and both verify', async () => {
    const lines = await addSignature(aliceLines, 'bob', ['@path'])
    expect(lines).toEqual([
      ...aliceLines,
      ['Signature-Input', 'bob=("@path");created=1;keyid="bob"'],
      ['Signature', mac('bob', '"@path": /a\n"@signature-params": ("@path");created=1;keyid="bob"')],
    ])
    expect(await verifiedLabels(lines)).toEqual(['alice', 'bob'])
  })

  it('adds a third, and each verifies on its own', async () => {
    const lines = await addSignature(await addSignature(aliceLines, 'bob', ['@path']), 'carol', ['@query', '@method'])
    expect(await verifiedLabels(lines)).toEqual(['alice', 'bob', 'carol'])
    const target = message(lines)
    const [, bob] = parseSignatures(target)
    await expectCode('invalid_signature', () => verifySignature(target, bob!, verifyingKeys.alice))
  })

  it('adds to a combined line of several signatures', async () => {
    const two = await addSignature(await addSignature([], 'alice'), 'bob')
    const combined: FieldLine[] = [
      ['Signature-Input', `${two[0]![1]}, ${two[2]![1]}`],
      ['Signature', `${two[1]![1]},${two[3]![1]}`],
    ]
    const lines = await addSignature(combined, 'carol')
    expect(lines.slice(0, 2)).toEqual(combined)
    expect(await verifiedLabels(lines)).toEqual(['alice', 'bob', 'carol'])
  })

  it('takes Headers and gives what makes Headers', async () => {
    const first = new Headers(appendSignature(new Headers({ 'X-Other': '1' }), await signAs('alice')))
    const second = new Headers(appendSignature(first, await signAs('bob')))
    expect(second.get('x-other')).toBe('1')
    expect(await verifiedLabels(second)).toEqual(['alice', 'bob'])
  })

  it('does not change the lines that it was given', async () => {
    const given: FieldLine[] = [['X-Other', '1']]
    appendSignature(given, await signAs('alice'))
    expect(given).toEqual([['X-Other', '1']])
  })

  it('covers an earlier signature by its label, where somebody wants that (RFC 9421 2.1.2)', async () => {
    const target = message(aliceLines)
    const components = [component('signature', { key: 'alice' })]
    const { base } = await sign(target, signingKeys.bob, { label: 'bob', components, parameters: {} })
    const [, value] = aliceLines[2]!
    expect(base).toBe(
      `"signature";key="alice": ${value.slice('alice='.length)}\n"@signature-params": ("signature";key="alice")`,
    )
  })

  function signAs(name: Name): ReturnType<typeof sign> {
    const options = { label: name, components: ['@method'], parameters: { created: 1, keyid: name } }
    return sign(message([]), signingKeys[name], options)
  }

  it('refuses a label that any line has already, and says what to do', async () => {
    const lines = await addSignature(await addSignature([], 'alice'), 'bob')
    const again = await signAs('alice')
    expect(() => appendSignature(lines, again)).toThrow(/give sign\(\) a label that the message does not have yet/)
    await expectCode('duplicate_label', () => appendSignature(lines, again))
    const onlyInput: FieldLine[] = [['Signature-Input', 'alice=()']]
    await expectCode('duplicate_label', () => appendSignature(onlyInput, again))
    const onlySignature: FieldLine[] = [['Signature', 'alice=:AAAA:']]
    await expectCode('duplicate_label', () => appendSignature(onlySignature, again))
  })

  it.each([
    ['label_mismatch', 'x=()', 'y=:AAAA:'],
    ['label_mismatch', 'x=(), y=()', 'x=:AAAA:'],
    ['duplicate_label', 'x=(), x=()', 'x=:AAAA:'],
    ['malformed_signature_input', 'x=(', 'x=:AAAA:'],
    ['malformed_signature', 'x=()', 'x="AAAA"'],
    ['malformed_parameter', 'x=();created=1;created=2', 'x=:AAAA:'],
    ['limit_exceeded', 'w=(), x=(), y=(), z=()', 'w=:AAAA:, x=:AAAA:, y=:AAAA:, z=:AAAA:'],
    ['limit_exceeded', `x=();tag="${'t'.repeat(8192)}"`, 'x=:AAAA:'],
  ] as const)('refuses with %s what no receiver could read: %s', async (code, input, signature) => {
    const headers: FieldLine[] = [
      ['Signature-Input', input],
      ['Signature', signature],
    ]
    const signed = await signAs('alice')
    await expectCode(code, () => appendSignature(headers, signed))
  })

  it('takes the limits of another receiver', async () => {
    const lines = await addSignature([], 'alice')
    const signed = await signAs('bob')
    const limits = { maxFieldLength: 8192, maxSignatures: 1, maxComponents: 32 }
    await expectCode('limit_exceeded', () => appendSignature(lines, signed, limits))
    expect(appendSignature(lines, signed, { ...limits, maxSignatures: 2 })).toHaveLength(4)
  })
})

// RFC 9421 4.3, with the line wrapping of RFC 8792 undone.
describe('the reverse proxy of RFC 9421 4.3', () => {
  const contentDigest =
    'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
  const clientInput =
    'sig1=("@method" "@authority" "@path" "content-digest" "content-type" "content-length");created=1618884475;keyid="test-key-ecc-p256"'
  const clientSignature =
    'sig1=:X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp+kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==:'
  const proxyInput =
    'proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540'
  const proxySignature =
    'proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:'
  const proxyBase = `"@method": POST
"@authority": origin.host.internal.example
"@path": /foo
"content-digest": ${contentDigest}
"content-type": application/json
"content-length": 18
"forwarded": for=192.0.2.123;host=example.com;proto=https
"@signature-params": ("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540`

  // RFC 9421 B.1.1, used through node:crypto: rsa-v1_5 is deterministic, so the bytes can be compared.
  const rsaKey = createPrivateKey(rsaPkcs1PrivatePem)
  const proxySigningKey: SigningKey = {
    keyId: 'test-key-rsa',
    algorithm: 'rsa-v1_5-sha256',
    sign: (base) => signWithNode('sha256', base, rsaKey),
  }
  const proxyVerifyingKey: VerifyingKey = {
    keyId: 'test-key-rsa',
    algorithm: 'rsa-v1_5-sha256',
    verify: (base, signature) => nodeVerify('sha256', base, createPublicKey(rsaKey), signature),
  }
  // RFC 9421 B.1.3
  const clientPublicKey = createPublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----`)
  const clientVerifyingKey: VerifyingKey = {
    keyId: 'test-key-ecc-p256',
    algorithm: 'ecdsa-p256-sha256',
    verify: (base, signature) =>
      nodeVerify('sha256', base, { key: clientPublicKey, dsaEncoding: 'ieee-p1363' }, signature),
  }

  const forwardedLines: FieldLine[] = [
    ['Host', 'origin.host.internal.example'],
    ['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['Content-Type', 'application/json'],
    ['Content-Length', '18'],
    ['Forwarded', 'for=192.0.2.123;host=example.com;proto=https'],
    ['Content-Digest', contentDigest],
    ['Signature-Input', clientInput],
    ['Signature', clientSignature],
  ]

  function request(host: string, headers: Iterable<FieldLine>): RequestMessage {
    return createRequestMessage({ method: 'POST', url: `https://${host}/foo?param=Value&Pet=dog`, headers })
  }

  it('adds proxy_sig with the bytes of the RFC', async () => {
    const signed = await sign(request('origin.host.internal.example', forwardedLines), proxySigningKey, {
      label: 'proxy_sig',
      components: ['@method', '@authority', '@path', 'content-digest', 'content-type', 'content-length', 'forwarded'],
      parameters: { created: 1618884480, keyid: 'test-key-rsa', alg: 'rsa-v1_5-sha256', expires: 1618884540 },
    })
    expect(signed).toEqual({ base: proxyBase, signatureInput: proxyInput, signature: proxySignature })
    expect(appendSignature(forwardedLines, signed)).toEqual([
      ...forwardedLines,
      ['Signature-Input', proxyInput],
      ['Signature', proxySignature],
    ])
  })

  it('verifies proxy_sig at the origin, and sig1 only with the authority that the client saw', async () => {
    const lines: FieldLine[] = [...forwardedLines, ['Signature-Input', proxyInput], ['Signature', proxySignature]]
    const atOrigin = request('origin.host.internal.example', lines)
    const [ofClient, ofProxy] = parseSignatures(atOrigin)
    expect((await verifySignature(atOrigin, ofProxy!, proxyVerifyingKey)).label).toBe('proxy_sig')
    await expectCode('invalid_signature', () => verifySignature(atOrigin, ofClient!, clientVerifyingKey))
    const atProxy = request('example.com', lines)
    expect((await verifySignature(atProxy, ofClient!, clientVerifyingKey)).label).toBe('sig1')
  })
})
