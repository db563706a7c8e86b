import { createHmac, createPublicKey, type JsonWebKey, randomBytes, randomUUID } from 'node:crypto'
import type { NamedJwk } from '@countersign/core'
import type { RawRequest } from '../../../../messages/raw-message.ts'
import { type Answer, bodyText, isBusy } from '../../session/answer.ts'
import type { Stage } from '../../session/stage.ts'
import { otherBody, withBody, withField } from '../../signing/edits.ts'
import type { Shape } from '../../signing/signer.ts'
import { needs, owasp, type ProbeCase, signatureUnchecked } from '../case.ts'
import { noteBreak } from '../plays.ts'
import { badSignatures } from './bad-signatures.ts'
import { listenForCalls } from './call-listener.ts'

/** Whose signature it is, and by which algorithm. */
export const identityCases: readonly ProbeCase[] = [
  {
    id: 'victim-beside-attacker',
    title: 'A bad signature of another beside a good one',
    attacks: [82],
    level: 'K',
    severity: 'critical',
    owasp: owasp.authentication,
    advice: 'Take the principal from the signature that verified, never from another on the same message.',
    needs: [needs.key],
    play: victimBesideAttacker,
  },
  {
    id: 'junk-beside-valid',
    title: 'A signature of somebody unknown beside a good one',
    attacks: [83],
    level: 'K',
    severity: 'info',
    owasp: owasp.configuration,
    advice: 'One signature that meets the policy is enough: proxies may add theirs (RFC 9421 4.3).',
    needs: [needs.key],
    play: async (stage) => {
      const request = await stage.fresh()
      const input = 'junk=("@method");created=1;nonce="countersign-probe-junk";keyid="countersign-probe"'
      const both = beside(request, [input, 'junk=:AAAA:'], 'after')
      await stage.attempt('a good signature and junk', 'accepted', { send: both })
    },
  },
  {
    id: 'tag-altered',
    title: 'Another tag, and none',
    attacks: [84],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Look only at signatures with the tag of this application.',
    needs: [needs.key, needs.tag],
    play: async (stage) => {
      for (const tag of ['"countersign-probe"', undefined]) {
        const send = await stage.forge({ parameters: (usual) => ({ ...usual, tag }) })
        await stage.attempt(tag === undefined ? 'no tag' : 'another tag', 'refused', { send })
      }
    },
  },
  {
    id: 'algorithm-confused',
    follows: signatureUnchecked,
    title: 'Another algorithm than that of the key',
    attacks: [85],
    level: 'K',
    severity: 'critical',
    owasp: owasp.authentication,
    advice: 'The algorithm belongs to the key. The alg of a message is only compared with it.',
    needs: [needs.key],
    play: async (stage) => {
      for (const [what, shape] of confusions(stage))
        await stage.attempt(what, 'refused', { send: await stage.forge(shape) })
    },
  },
  {
    id: 'signature-malformed',
    follows: signatureUnchecked,
    title: 'Signatures that are none',
    attacks: [87],
    level: 'K',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'Check the exact length of a signature, and its numbers, before the library that verifies it.',
    needs: [needs.key],
    play: async (stage) => {
      for (const [what, change] of badSignatures(stage.signer.key.algorithm)) {
        const sign = async (base: string): Promise<Uint8Array> =>
          change(Buffer.from(await stage.signer.key.sign(new Uint8Array(Buffer.from(base)))))
        await stage.attempt(what, 'refused', { send: await stage.forge({ sign }) })
      }
    },
  },
  {
    id: 'refusals-tell-apart',
    title: 'Refusals that tell which keys there are',
    attacks: [88],
    level: 'K',
    severity: 'low',
    owasp: owasp.authentication,
    advice: 'Answer an unknown key, a bad signature and a wrong digest alike: same status, same body.',
    needs: [needs.key],
    play: refusalsTellApart,
  },
  {
    id: 'keyid-hostile',
    follows: signatureUnchecked,
    title: 'A keyid that is a URL, a path, a query',
    attacks: [89],
    level: 'K',
    severity: 'critical',
    owasp: owasp.serverSideRequests,
    advice: 'A keyid is an opaque name to look up among known keys: never fetched, never part of a path or a query.',
    needs: [needs.key],
    play: hostileKeyIds,
  },
]

const victim = 'countersign-probe-victim'

async function victimBesideAttacker(stage: Stage): Promise<void> {
  const keyId = stage.target.secondSigner?.key.keyId ?? victim
  for (const order of ['before', 'after'] as const) {
    const request = await stage.fresh()
    const created = stage.signer.now()
    const input = `victim=("@method" "@authority" "@path" "@query");created=${created};nonce="${randomUUID()}";keyid="${keyId}"`
    const signature = `victim=:${randomBytes(64).toString('base64')}:`
    const send = beside(request, [input, signature], order)
    const answer = await stage.attempt(`a bad signature of another ${order} the good one`, 'any', { send })
    if (bodyText(answer).includes(keyId))
      stage.note(`the answer names the other, whose signature is bad (${order} the good one)`)
  }
}

/** Adds a member to both signature fields. */
function beside(
  request: RawRequest,
  [input, signature]: readonly [string, string],
  order: 'before' | 'after',
): RawRequest {
  const join = (name: string, member: string): string => {
    const value = request.headers.find(([other]) => other === name)?.[1] ?? ''
    return order === 'before' ? `${member}, ${value}` : `${value}, ${member}`
  }
  return withField(
    withField(request, 'Signature-Input', join('Signature-Input', input)),
    'Signature',
    join('Signature', signature),
  )
}

function confusions({ signer }: Stage): readonly (readonly [string, Shape])[] {
  const alg = (name: string): Pick<Shape, 'parameters'> => ({ parameters: (usual) => ({ ...usual, alg: `"${name}"` }) })
  const other = signer.key.algorithm === 'ed25519' ? 'hmac-sha256' : 'ed25519'
  const hmac = (secret: string | Uint8Array): Shape => ({
    ...alg('hmac-sha256'),
    sign: (base) => createHmac('sha256', secret).update(base).digest(),
  })
  return [
    [`alg="${other}"`, alg(other)],
    ['alg="none", and an empty signature', { ...alg('none'), sign: () => new Uint8Array() }],
    [
      'no alg, and an empty signature',
      { parameters: (usual) => ({ ...usual, alg: undefined }), sign: () => new Uint8Array() },
    ],
    ['HMAC with an empty secret', hmac('')],
    ...publicForms(signer.given.publicJwk).map(
      ([what, secret]) => [`HMAC with ${what} for a secret`, hmac(secret)] as const,
    ),
  ]
}

/** The texts and bytes of a public key that a library might take for a secret. */
function publicForms(jwk: NamedJwk | undefined): readonly (readonly [string, string | Uint8Array])[] {
  if (jwk === undefined) return []
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  return [
    ['the public PEM', pem],
    ['the public PEM, trimmed', pem.trim()],
    ['the public key in DER', new Uint8Array(key.export({ type: 'spki', format: 'der' }))],
    ['the public JWK', JSON.stringify(jwk)],
  ]
}

async function refusalsTellApart(stage: Stage): Promise<void> {
  const { signer } = stage
  const random = { sign: () => randomBytes(64) }
  const bad = await stage.attempt('a bad signature', 'refused', { send: await stage.forge(random) })
  const again = await stage.attempt('another bad signature', 'refused', { send: await stage.forge(random) })
  // A body that differs by itself says nothing.
  const stable = bodyText(bad) === bodyText(again)
  const shown = (answer: Answer): string =>
    answer.kind === 'silent' ? answer.why : `${answer.response.status}${stable ? bodyText(answer) : ''}`
  const keyId = `${signer.key.keyId}-unknown`
  const nonce = await stage.issuedNonce(keyId)
  const issued = nonce === undefined ? {} : { nonce: `"${nonce}"` }
  const unknown = await stage.forge({ parameters: (usual) => ({ ...usual, ...issued, keyid: `"${keyId}"` }) })
  const answers: (readonly [string, Answer])[] = [
    ['an unknown key', await stage.attempt('an unknown key', 'refused', { send: unknown })],
  ]
  if (stage.target.facts.body) {
    const fresh = await stage.fresh()
    const wrong = withBody(fresh, otherBody(fresh.body))
    answers.push(['a wrong digest', await stage.attempt('a wrong digest', 'refused', { send: wrong })])
  }
  const last = await stage.attempt('a bad signature once more', 'refused', { send: await stage.forge(random) })
  // A server that limits the rate, or locks the client out meanwhile, tells nothing of keys.
  if (answers.some(([, answer]) => isBusy(answer))) return
  if (statusOf(last) !== statusOf(bad)) return stage.skip('the server began to answer all bad signatures otherwise')
  for (const [what, answer] of answers) {
    if (shown(answer) !== shown(bad)) stage.note(`${what} is answered otherwise than a bad signature`)
  }
}

function statusOf(answer: Answer): number | undefined {
  return answer.kind === 'silent' ? undefined : answer.response.status
}

async function hostileKeyIds(stage: Stage): Promise<void> {
  const listener = stage.target.loopback ? await listenForCalls() : undefined
  const url = listener?.url ?? 'http://127.0.0.1:9/key'
  const names: readonly (readonly [string, string])[] = [
    ['a URL', url],
    ['a path', '../../../../etc/passwd'],
    ['SQL', `' OR '1'='1`],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['64 KiB', 'k'.repeat(65_536)],
  ]
  try {
    for (const [what, name] of names) {
      const send = await stage.forge({ parameters: (usual) => ({ ...usual, keyid: `"${name}"` }) })
      noteBreak(stage, `${what} for a keyid`, await stage.attempt(`${what} for a keyid`, 'refused', { send }))
    }
    if (listener !== undefined && listener.calls() > 0)
      stage.note('the server called the URL that was given as a keyid')
  } finally {
    listener?.close()
  }
}
