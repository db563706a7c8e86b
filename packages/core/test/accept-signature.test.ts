import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  component,
  createAcceptSignature,
  createRequestMessage,
  createResponseMessage,
  fulfillSignatureRequest,
  hmacSha256,
  importSigningKey,
  parseAcceptSignature,
  type SignatureParameters,
  type SignatureRequest,
  type SigningKey,
  type SigningPolicy,
  sign,
} from '../src/index.ts'
import { expectCode } from './expect-code.ts'

// RFC 9421 5.1
const exampleField =
  'sig1=("@method" "@target-uri" "@authority" "content-digest" "cache-control");keyid="test-key-rsa-pss";created;tag="app-123"'

const secret = new Uint8Array(32).fill(7)
let key: SigningKey

beforeAll(async () => {
  key = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
})

function onlyRequest(field: string): SignatureRequest {
  const requests = parseAcceptSignature(field)
  expect(requests).toHaveLength(1)
  return requests[0]!
}

describe('createAcceptSignature (RFC 9421 5.1)', () => {
  it('makes the example of the RFC', () => {
    const components = ['@method', '@target-uri', '@authority', 'content-digest', 'cache-control']
    const parameters = { keyid: 'test-key-rsa-pss', created: true, tag: 'app-123' } as const
    expect(createAcceptSignature([{ label: 'sig1', components, parameters }], 'request')).toBe(exampleField)
  })

  it('asks a response for components of its request', () => {
    const components = ['@status', component('@method', { req: true }), component('content-digest', { req: true })]
    const parameters = { created: true, expires: true, nonce: 'n-1', alg: 'ed25519' } as const
    expect(createAcceptSignature([{ components, parameters }], 'response')).toBe(
      'sig1=("@status" "@method";req "content-digest";req);created;expires;nonce="n-1";alg="ed25519"',
    )
  })

  it('asks for several signatures, and for none of the parameters', () => {
    const requests = [
      { label: 'a', components: [] },
      { label: '*b', components: [component('example-dict', { key: 'x' })] },
    ]
    expect(createAcceptSignature(requests, 'request')).toBe('a=(), *b=("example-dict";key="x")')
  })

  it.each([
    ['no request', []],
    ['a label that is no key', [{ label: 'Sig', components: [] }]],
    ['an empty label', [{ label: '', components: [] }]],
    ['a label that occurs twice', [{ components: [] }, { components: [] }]],
    ['created with a value', [{ components: [], parameters: { created: 1 } }]],
    ['expires that is false', [{ components: [], parameters: { expires: false } }]],
    ['a nonce that would be escaped', [{ components: [], parameters: { nonce: 'a"b' } }]],
    ['a nonce that is empty', [{ components: [], parameters: { nonce: '' } }]],
    ['a nonce of 129 characters', [{ components: [], parameters: { nonce: 'n'.repeat(129) } }]],
    ['a tag that is no text', [{ components: [], parameters: { tag: 1 } }]],
    ['a parameter that is not registered', [{ components: [], parameters: { other: 'x' } }]],
    ['a parameter that every object has', [{ components: [], parameters: { toString: 'x' } }]],
  ])('refuses %s', (_what, requests) => {
    expect(() => createAcceptSignature(requests as never, 'request')).toThrow(TypeError)
  })

  it.each([
    ['request', '@status'],
    ['response', '@method'],
    ['response', '@query'],
  ] as const)('refuses for a %s what it cannot have: %s', async (target, name) => {
    await expectCode('invalid_component', () => createAcceptSignature([{ components: [name] }], target))
  })

  it('refuses req in a request, and the status of a request', async () => {
    const ask = (name: string, target: 'request' | 'response'): string =>
      createAcceptSignature([{ components: [component(name, { req: true })] }], target)
    await expectCode('invalid_component', () => ask('@method', 'request'))
    await expectCode('invalid_component', () => ask('content-digest', 'request'))
    await expectCode('invalid_component', () => ask('@status', 'response'))
  })

  it('refuses what signatures refuse', async () => {
    const ask = (components: string[]): string => createAcceptSignature([{ components }], 'request')
    await expectCode('invalid_component', () => ask(['@nope']))
    await expectCode('invalid_component', () => ask(['Date']))
    await expectCode('duplicate_component', () => ask(['date', 'date']))
  })
})

describe('parseAcceptSignature (RFC 9421 5.2)', () => {
  it('reads the example of the RFC', () => {
    const { label, components, parameters } = onlyRequest(exampleField)
    expect(label).toBe('sig1')
    expect(components.map(({ text }) => text)).toEqual([
      '"@method"',
      '"@target-uri"',
      '"@authority"',
      '"content-digest"',
      '"cache-control"',
    ])
    expect(parameters).toEqual({ keyid: 'test-key-rsa-pss', created: true, tag: 'app-123' })
  })

  it('reads what it makes', () => {
    expect(createAcceptSignature(parseAcceptSignature(exampleField), 'request')).toBe(exampleField)
  })

  it('reads the header lines of a message, and no trailers', () => {
    const response = createResponseMessage({
      status: 401,
      headers: [
        ['Accept-Signature', ' a=("@method");created=?1'],
        ['accept-signature', 'b=();nonce="say \\"n\\"" '],
      ],
      trailers: [['Accept-Signature', 'c=()']],
    })
    expect(parseAcceptSignature(response).map(({ label, parameters }) => [label, parameters])).toEqual([
      ['a', { created: true }],
      ['b', { nonce: 'say "n"' }],
    ])
  })

  it('reads a request as well: the client wants a signed response', () => {
    const headers = [['accept-signature', 'r=("@status")']] as const
    const request = createRequestMessage({ method: 'GET', url: 'https://e/', headers })
    expect(parseAcceptSignature(request).map(({ label }) => label)).toEqual(['r'])
  })

  it('finds no request in a message without the field, or with an empty one', () => {
    expect(parseAcceptSignature(createResponseMessage({ status: 200, headers: [] }))).toEqual([])
    expect(parseAcceptSignature('')).toEqual([])
    expect(parseAcceptSignature('  ')).toEqual([])
  })

  it.each([
    ['malformed_accept_signature', 'a'],
    ['malformed_accept_signature', 'a=?1'],
    ['malformed_accept_signature', 'a="@method"'],
    ['malformed_accept_signature', 'a=('],
    ['malformed_accept_signature', 'a=("@method"),'],
    ['malformed_accept_signature', '("@method")'],
    ['malformed_accept_signature', 'A=("@method")'],
    ['malformed_accept_signature', 'a=("@method");nonce="ä"'],
    ['malformed_parameter', 'a=();created=1618884473'],
    ['malformed_parameter', 'a=();created="now"'],
    ['malformed_parameter', 'a=();created=?0'],
    ['malformed_parameter', 'a=();expires=60'],
    ['malformed_parameter', 'a=();expires=1.0'],
    ['malformed_parameter', 'a=();nonce'],
    ['malformed_parameter', 'a=();nonce=n'],
    ['malformed_parameter', 'a=();nonce=:AAAA:'],
    ['malformed_parameter', 'a=();alg=ed25519'],
    ['malformed_parameter', 'a=();keyid=1'],
    ['malformed_parameter', 'a=();tag=?1'],
    ['malformed_parameter', 'a=();created;created'],
    ['malformed_parameter', 'a=();nonce="n";nonce="n"'],
    ['malformed_parameter', 'a=("x";key="a";key="b")'],
    ['unfulfillable_request', 'a=();other'],
    ['unfulfillable_request', 'a=();constructor="x"'],
    ['duplicate_label', 'a=(), b=(), a=()'],
    ['duplicate_component', 'a=("@method" "@method")'],
    ['duplicate_component', 'a=("x";req;sf "x";sf;req)'],
    ['invalid_component', 'a=("@nope")'],
    ['invalid_component', 'a=("@signature-params")'],
    ['invalid_component', 'a=("Date")'],
    ['invalid_component', 'a=(date)'],
    ['invalid_component', 'a=("date";nope)'],
    ['invalid_component', 'a=("@query-param")'],
    ['limit_exceeded', 'a=(), b=(), c=(), d=(), e=()'],
    ['limit_exceeded', `a=(${'"x" '.repeat(33).trim()})`],
    ['limit_exceeded', `a=();nonce="${'n'.repeat(8192)}"`],
    ['limit_exceeded', '('.repeat(1 << 20)],
  ] as const)('refuses with %s: %.60s', async (code, field) => {
    await expectCode(code, () => parseAcceptSignature(field))
  })

  it('counts all lines together against its limits, which the caller may set', async () => {
    const line = `=();tag="${'t'.repeat(5000)}"`
    const headers = ['a', 'b'].map((label) => ['Accept-Signature', label + line] as const)
    const message = createResponseMessage({ status: 200, headers })
    await expectCode('limit_exceeded', () => parseAcceptSignature(message))
    const limits = { maxFieldLength: 20_000, maxSignatures: 2, maxComponents: 1 }
    expect(parseAcceptSignature(message, limits)).toHaveLength(2)
    await expectCode('limit_exceeded', () => parseAcceptSignature('a=("x" "y")', limits))
    await expectCode('limit_exceeded', () => parseAcceptSignature('a=(), b=(), c=()', limits))
  })

  it('quotes no nonce in an error', () => {
    const hidden = 'c2VjcmV0LW5vbmNl'
    for (const field of [`a=();nonce="${hidden}`, `a=();nonce=${hidden}`, `a=();nonce="${hidden}";nonce="${hidden}"`]) {
      try {
        parseAcceptSignature(field)
        expect.unreachable()
      } catch (error) {
        expect(`${error} ${(error as Error).cause}`).not.toContain(hidden)
      }
    }
  })
})

describe('fulfillSignatureRequest (RFC 9421 5.2)', () => {
  const policy: SigningPolicy = {
    target: 'request',
    components: ['@method', '@authority'],
    parameters: { created: 1000, nonce: 'own-nonce', keyid: 'alice' },
  }
  const covered = '("@method" "@authority")'

  function fulfill(field: string, own: Partial<SigningPolicy> = {}): ReturnType<typeof fulfillSignatureRequest> {
    return fulfillSignatureRequest(onlyRequest(field), key, { ...policy, ...own })
  }

  it('keeps the label and the components, in their order', () => {
    const { label, components } = fulfill('theirs=("@authority" "content-digest" "@method");created')
    expect(label).toBe('theirs')
    expect(components.map(({ text }) => text)).toEqual(['"@authority"', '"content-digest"', '"@method"'])
  })

  it.each<[string, SignatureParameters]>([
    ['', { created: 1000, nonce: 'own-nonce', keyid: 'alice' }],
    [';created', { created: 1000, nonce: 'own-nonce', keyid: 'alice' }],
    [';nonce="theirs"', { created: 1000, nonce: 'theirs', keyid: 'alice' }],
    [';alg="hmac-sha256"', { created: 1000, nonce: 'own-nonce', alg: 'hmac-sha256', keyid: 'alice' }],
    [';keyid="alice"', { created: 1000, nonce: 'own-nonce', keyid: 'alice' }],
    [';tag="app"', { created: 1000, nonce: 'own-nonce', keyid: 'alice', tag: 'app' }],
  ])('adds to its own parameters those that are asked for: %s', (asked, parameters) => {
    expect(fulfill(`a=${covered}${asked}`).parameters).toEqual(parameters)
  })

  it('writes the parameters in the order of the registry, whatever the request and the policy do', () => {
    const asked = `a=${covered};tag="t";keyid="alice";alg="hmac-sha256";nonce="n";expires;created`
    const parameters = { keyid: 'alice', expires: 1060, created: 1000 }
    expect(Object.entries(fulfill(asked, { parameters }).parameters)).toEqual([
      ['created', 1000],
      ['expires', 1060],
      ['nonce', 'n'],
      ['alg', 'hmac-sha256'],
      ['keyid', 'alice'],
      ['tag', 't'],
    ])
  })

  it('makes a signature that node:crypto makes too', async () => {
    const headers = [['Content-Type', 'text/plain']] as const
    const message = createRequestMessage({ method: 'GET', url: 'https://example.com/a', headers })
    const asked = 'r1=("@authority" "@method" "content-type");created;nonce="n-2";tag="app"'
    const signed = await sign(message, key, fulfill(asked))
    const input = '("@authority" "@method" "content-type");created=1000;nonce="n-2";keyid="alice";tag="app"'
    const base = `"@authority": example.com\n"@method": GET\n"content-type": text/plain\n"@signature-params": ${input}`
    const mac = createHmac('sha256', secret).update(base).digest('base64')
    expect(signed).toEqual({ base, signatureInput: `r1=${input}`, signature: `r1=:${mac}:` })
  })

  it('leaves to sign() what the message does not have', async () => {
    const message = createRequestMessage({ method: 'GET', url: 'https://e/', headers: [] })
    const options = fulfill('a=("@method" "@authority" "content-digest")')
    await expectCode('missing_component', () => sign(message, key, options))
  })

  it.each([
    ['component_not_covered', 'a=("@method")'],
    ['component_not_covered', 'a=()'],
    ['component_not_covered', 'a=("@method" "host")'],
    ['invalid_component', 'a=("@method" "@authority" "@status")'],
    ['invalid_component', 'a=("@method" "@authority" "date";req)'],
    ['invalid_component', 'a=("@method";req "@authority")'],
    ['unknown_key', `a=${covered};keyid="bob"`],
    ['unknown_key', `a=${covered};keyid=""`],
    ['algorithm_mismatch', `a=${covered};alg="ed25519"`],
    ['algorithm_mismatch', `a=${covered};alg="none"`],
    ['algorithm_mismatch', `a=${covered};alg="HMAC-SHA256"`],
    ['algorithm_mismatch', `a=${covered};alg=""`],
    ['unfulfillable_request', `a=${covered};expires`],
    ['unfulfillable_request', `a=${covered};nonce=""`],
    ['unfulfillable_request', `a=${covered};nonce="say \\"n\\""`],
    ['unfulfillable_request', `a=${covered};nonce="${'n'.repeat(129)}"`],
    ['unfulfillable_request', `a=${covered};tag=""`],
    ['unfulfillable_request', `a=${covered};tag="a\\\\b"`],
    ['unfulfillable_request', `a=${covered};tag="${'t'.repeat(257)}"`],
  ] as const)('refuses with %s: %.80s', async (code, field) => {
    await expectCode(code, () => fulfill(field))
  })

  it('gives no time that the policy does not give', async () => {
    await expectCode('unfulfillable_request', () => fulfill(`a=${covered};created`, { parameters: { nonce: 'n' } }))
  })

  it('changes no tag of the policy', async () => {
    const own = { parameters: { ...policy.parameters, tag: 'mine' } }
    await expectCode('unfulfillable_request', () => fulfill(`a=${covered};tag="theirs"`, own))
    expect(fulfill(`a=${covered};tag="mine"`, own).parameters.tag).toBe('mine')
    expect(fulfill(`a=${covered}`, own).parameters.tag).toBe('mine')
  })

  it('compares whole identifiers: a component of the request does not stand in for one of the response', async () => {
    const own = { target: 'response', components: ['content-digest'], parameters: {} } as const
    await expectCode('component_not_covered', () => fulfill('a=("@status" "content-digest";req)', own))
    expect(fulfill('a=("@status" "content-digest" "@method";req)', own).components).toHaveLength(3)
    const dictionary = { ...own, components: [component('x', { key: 'k', req: true })] }
    expect(fulfill('a=("x";req;key="k")', dictionary).components).toHaveLength(1)
  })

  it.each(['"@method"', '"@status";req', '"@query-param";name="a"'])(
    'refuses for a response what it cannot have: %s',
    async (item) => {
      await expectCode('invalid_component', () => fulfill(`a=(${item})`, { target: 'response', components: [] }))
    },
  )

  it('drops no parameter of the policy, so that sign() finds a misspelt one', async () => {
    const parameters = { ...policy.parameters, creatd: 1 } as object
    const message = createRequestMessage({ method: 'GET', url: 'https://e/', headers: [] })
    await expect(sign(message, key, fulfill(`a=${covered}`, { parameters }))).rejects.toThrow(TypeError)
  })
})
