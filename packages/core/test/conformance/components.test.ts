import { describe, expect, it } from 'vitest'
import {
  component,
  createSignatureInput,
  type FieldLine,
  responseMessageOf,
  sign,
  signatureBase,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { receivedBase, receivedValue, request, response } from './received-base.ts'

describe('component identifiers (RFC 9421 2)', () => {
  it.each([
    ['("x";tr;key="a")', '"x";tr;key="a": 1'],
    ['("x";key="a";tr)', '"x";key="a";tr: 1'],
  ])('a received identifier keeps the order of its parameters: %s', (list, line) => {
    const message = response({ trailers: [['X', 'a=1']] })
    expect(receivedBase(message, list)).toBe(`${line}\n"@signature-params": ${list}`)
  })

  it('two identifiers of one name and other parameters are both covered', () => {
    const message = request({ headers: [['X', 'a=1,b=2']] })
    const list = '("x" "x";key="a" "x";bs)'
    expect(receivedBase(message, list)).toBe(
      `"x": a=1,b=2\n"x";key="a": 1\n"x";bs: :YT0xLGI9Mg==:\n"@signature-params": ${list}`,
    )
  })

  it('all components come from one snapshot, whatever happens to the message afterwards', () => {
    const live = new Headers({ x: 'signed' })
    const lines: FieldLine[] = [['Y', 'signed']]
    const fromHeaders = request({ headers: live })
    const fromLines = request({ headers: lines })
    live.set('x', 'changed')
    lines[0] = ['Y', 'changed']
    lines.push(['Y', 'added'])
    expect(receivedValue(fromHeaders, '"x"')).toBe('signed')
    expect(receivedValue(fromLines, '"y"')).toBe('signed')
  })

  it('@query and @query-param are taken from the same query, and from nothing else', async () => {
    const headers: FieldLine[] = [['Content-Type', 'application/x-www-form-urlencoded']]
    const message = request({ url: 'https://example.com/?a=1', headers })
    expect(receivedBase(message, '("@query" "@query-param";name="a")').split('\n').slice(0, 2)).toEqual([
      '"@query": ?a=1',
      '"@query-param";name="a": 1',
    ])
    await expectCode('missing_component', () => receivedValue(message, '"@query-param";name="b"'))
  })
})

describe('fields (RFC 9421 2.1)', () => {
  it.each<[string, FieldLine[]]>([
    [
      'on two lines',
      [
        ['X', 'a'],
        ['X', 'b'],
      ],
    ],
    [
      'on two lines of other case, with other fields between them',
      [
        ['x', 'a'],
        ['Y', '1'],
        ['X', 'b'],
      ],
    ],
    ['combined by an intermediary', [['X', 'a, b']]],
  ])('a field is one value with a comma and a space: %s', (_what, headers) => {
    expect(receivedValue(request({ headers }), '"x"')).toBe('a, b')
  })

  it('lines are combined in their order', () => {
    const headers = ['c', 'a', 'b'].map((value): FieldLine => ['X', value])
    expect(receivedValue(request({ headers }), '"x"')).toBe('c, a, b')
  })

  it('signs a field that a platform combined like the lines that it was made of', () => {
    const headers = new Headers()
    headers.append('x', 'a')
    headers.append('x', 'b')
    expect(receivedValue(request({ headers }), '"x"')).toBe('a, b')
  })

  it('sf undoes the white space that an intermediary put between members', () => {
    const types = { x: 'list' } as const
    const sent = request({
      headers: [
        ['X', 'a'],
        ['X', 'b'],
      ],
    })
    const received = request({ headers: [['X', 'a,   b']] })
    expect(receivedValue(sent, '"x";sf', types)).toBe('a, b')
    expect(receivedValue(received, '"x";sf', types)).toBe('a, b')
    expect(receivedValue(received, '"x"')).toBe('a,   b')
  })
})

describe('structured fields (RFC 9421 2.1.1 and 2.1.2)', () => {
  const twoLines = request({
    headers: [
      ['Priority', 'a=1,  b=2;x'],
      ['Priority', 'a=3'],
    ],
  })

  it('sf combines the lines of a Dictionary before it serializes them', () => {
    expect(receivedValue(twoLines, '"priority";sf')).toBe('a=3, b=2;x')
  })

  it('key combines the lines of a Dictionary before it takes a member', () => {
    expect(receivedValue(twoLines, '"priority";key="a"')).toBe('3')
    expect(receivedValue(twoLines, '"priority";key="b"')).toBe('2;x')
  })

  it('sf takes no second line of an Item', async () => {
    const headers: FieldLine[] = [
      ['Deprecation', '@1'],
      ['Deprecation', '@2'],
    ]
    await expectCode('malformed_component', () => receivedValue(response({ headers }), '"deprecation";sf'))
  })

  it('keys may be covered in any order', () => {
    expect(receivedBase(twoLines, '("priority";key="b" "priority";key="a")').split('\n').slice(0, 2)).toEqual([
      '"priority";key="b": 2;x',
      '"priority";key="a": 3',
    ])
  })

  it.each(['("x";key="a" "x";key="a")', '("x";key="a" "x";key="a";sf)', '("x";sf;key="a" "x";key="a")'])(
    'a key of a field is covered once, whatever sf says beside it: %s',
    async (list) => {
      const message = request({ headers: [['X', 'a=1']] })
      await expectCode('duplicate_component', () => receivedBase(message, list))
    },
  )

  it('a key of the request and one of the response are two', () => {
    const message = response({ headers: [['X', 'a=1']], request: request({ headers: [['X', 'a=2']] }) })
    expect(receivedBase(message, '("x";key="a" "x";key="a";req)').split('\n').slice(0, 2)).toEqual([
      '"x";key="a": 1',
      '"x";key="a";req: 2',
    ])
  })

  it('key refuses a field that is known to be no Dictionary', async () => {
    const headers: FieldLine[] = [
      ['Accept-CH', 'a, b'],
      ['Origin-Agent-Cluster', 'a'],
    ]
    await expectCode('invalid_component', () => receivedValue(response({ headers }), '"accept-ch";key="a"'))
    await expectCode('invalid_component', () => receivedValue(response({ headers }), '"origin-agent-cluster";key="a"'))
  })
})

describe('fields that cannot be combined (RFC 9421 2.1.3)', () => {
  it('bs strips white space and line folding from each line', () => {
    const headers: FieldLine[] = [
      ['X', ' \ta '],
      ['X', 'b\r\n   c'],
    ]
    expect(receivedValue(request({ headers }), '"x";bs')).toBe(':YQ==:, :YiBj:')
  })

  it('bs keeps the lines of Set-Cookie apart, as a platform hands them out', () => {
    const platform = new Response('', {
      headers: [
        ['Set-Cookie', 'a=1, 2'],
        ['Set-Cookie', 'b=3'],
      ],
    })
    const message = responseMessageOf(platform)
    expect(receivedValue(message, '"set-cookie";bs')).toBe(':YT0xLCAy:, :Yj0z:')
    expect(receivedValue(message, '"set-cookie"')).toBe('a=1, 2, b=3')
  })
})

describe('trailers (RFC 9421 2.1.4)', () => {
  const message = response({ headers: [['X', 'header']], trailers: [['X', 'trailer']] })

  it('a field of both sections is signed as two components', () => {
    expect(receivedBase(message, '("x" "x";tr)')).toBe(
      '"x": header\n"x";tr: trailer\n"@signature-params": ("x" "x";tr)',
    )
  })

  it('a signer takes no trailer without tr', async () => {
    const key = { keyId: 'k', algorithm: 'ed25519', sign: () => new Uint8Array(64) } as const
    const trailersOnly = response({ trailers: [['X', 'trailer']] })
    await expectCode('missing_component', () => sign(trailersOnly, key, { components: ['x'], parameters: {} }))
    const input = createSignatureInput([component('x', { tr: true })], {})
    expect(signatureBase(trailersOnly, input)).toBe('"x";tr: trailer\n"@signature-params": ("x";tr)')
  })
})
