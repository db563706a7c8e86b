import { ed25519, hmacSha256 } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createRemoteJwks, type RemoteJwksOptions } from '../../src/index.ts'

const good: RemoteJwksOptions = { url: 'https://keys.example/jwks.json', allowedHosts: ['keys.example'] }

const accepted: [string, Partial<RemoteJwksOptions>][] = [
  ['the least', {}],
  ['a URL', { url: new URL('https://keys.example/jwks.json?tenant=7') }],
  ['a port', { url: 'https://keys.example:8443/', allowedHosts: ['keys.example:8443'] }],
  ['the default port', { url: 'https://keys.example:443/' }],
  ['one host of several', { allowedHosts: ['other.example', 'keys.example'] }],
  ['upper case', { url: 'https://KEYS.example/' }],
  ['one algorithm', { algorithms: [ed25519] }],
  ['one algorithm twice', { algorithms: [ed25519, ed25519] }],
  ['no trust in an old set', { staleSeconds: 0 }],
  ...['127.0.0.1:80', '127.1.2.3:8080', '[::1]:8080', 'localhost:8080'].map((host): [string, object] => [
    `http to ${host}`,
    { url: `http://${host}/`, allowedHosts: [new URL(`http://${host}`).host], dangerouslyAllowHttp: true },
  ]),
]

const mistakes: [string, Record<string, unknown>, RegExp][] = [
  ['no url', { url: undefined }, /needs \{ url \}/],
  ['a path for a url', { url: '/jwks.json' }, /needs \{ url \}/],
  ['no hosts', { allowedHosts: undefined }, /needs \{ allowedHosts \}/],
  ['an empty list of hosts', { allowedHosts: [] }, /is not on one of/],
  ['a url elsewhere', { url: 'https://evil.example/jwks.json' }, /is not on one of/],
  ['a host that only begins so', { url: 'https://keys.example.evil.example/' }, /is not on one of/],
  ['a host that only ends so', { url: 'https://evil-keys.example/' }, /is not on one of/],
  ['the host as a user name', { url: 'https://keys.example@evil.example/' }, /is not on one of/],
  ['another port', { url: 'https://keys.example:8443/' }, /is not on one of/],
  ['a host with a scheme', { allowedHosts: ['https://keys.example'] }, /a list of hosts/],
  ['a host with a path', { allowedHosts: ['keys.example/'] }, /a list of hosts/],
  ['a host with its default port', { allowedHosts: ['keys.example:443'] }, /a list of hosts/],
  ['a host in upper case', { allowedHosts: ['KEYS.example'] }, /a list of hosts/],
  ['a pattern', { allowedHosts: [/example$/] }, /a list of hosts/],
  ['http', { url: 'http://keys.example/' }, /must be https/],
  ['http to another machine', { url: 'http://keys.example/', dangerouslyAllowHttp: true }, /must be https/],
  [
    'http to a name that looks like loopback',
    { url: 'http://127.0.0.1.evil.example/', allowedHosts: ['127.0.0.1.evil.example'], dangerouslyAllowHttp: true },
    /must be https/,
  ],
  ['http without saying so', { url: 'http://127.0.0.1/', allowedHosts: ['127.0.0.1'] }, /must be https/],
  ['a file', { url: 'file:///etc/passwd' }, /is not on one of/],
  ['data', { url: 'data:application/json,{}' }, /is not on one of/],
  ['credentials in the url', { url: 'https://user:secret@keys.example/' }, /no credentials/],
  ['a fragment', { url: 'https://keys.example/#keys' }, /no fragment/],
  ['a secret algorithm', { algorithms: [ed25519, hmacSha256] }, /asymmetric/],
  ['no algorithms', { algorithms: [] }, /at least one algorithm/],
  ['the name of an algorithm', { algorithms: ['ed25519'] }, /at least one algorithm/],
  ['a header with a line break', { headers: { 'x-a': 'b\r\nc: d' } }, /./],
  ['a cache shorter than the cooldown', { cacheSeconds: 29 }, /cacheSeconds/],
  ['a fetch longer than the cooldown', { timeoutMilliseconds: 30_001 }, /timeoutMilliseconds/],
  ['no time', { timeoutMilliseconds: 0 }, /timeoutMilliseconds/],
  ['no bytes', { maxBytes: 0 }, /maxBytes/],
  ['endless bytes', { maxBytes: Number.POSITIVE_INFINITY }, /maxBytes/],
  ['no keys', { maxKeys: 0 }, /maxKeys/],
  ['no cooldown', { cooldownSeconds: 0 }, /cooldownSeconds/],
  ['a cache for ever', { cacheSeconds: Number.POSITIVE_INFINITY }, /cacheSeconds/],
  ['a fraction', { staleSeconds: 0.5 }, /staleSeconds/],
  ['a clock that is none', { clock: 7 }, /clock must be a function/],
  ['a principal that is no function', { principal: 'alice' }, /principal must be a function/],
  ['a misspelt option', { cacheMaxAge: 600 }, /no option "cacheMaxAge"/],
]

describe('options of a remote key set', () => {
  it.each(accepted)('%s', (_what, change) => {
    expect(typeof createRemoteJwks({ ...good, ...change }).refresh).toBe('function')
  })

  it.each(mistakes)('%s is found when it is created', (_what, change, message) => {
    const create = (): unknown => createRemoteJwks({ ...good, ...change } as RemoteJwksOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })

  it('a mistake in the url does not quote it: it may hold a secret', () => {
    for (const url of ['https://user:hunter2@keys.example/', 'https://evil.example/?token=hunter2', 'hunter2']) {
      try {
        createRemoteJwks({ ...good, url })
        expect.unreachable()
      } catch (error) {
        expect(String((error as Error).message)).not.toContain('hunter2')
      }
    }
  })
})
