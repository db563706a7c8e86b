import { randomBytes } from 'node:crypto'
import { type RawRequest, rawMessageBytes } from '../../../../messages/raw-message.ts'
import type { Stage } from '../../session/stage.ts'
import { addedField, editedField, withoutFields } from '../../signing/edits.ts'
import { type Facts, isCredential } from '../../target/facts.ts'
import { needs, owasp, type ProbeCase, type Severity } from '../case.ts'
import { alterations } from '../plays.ts'

const claimAdvice =
  'Claim the nonce of each request in one atomic step, in a store that all servers share, before the handler runs.'

/** Reading twice shows what was shown before; everything else does something twice. */
const byHarm = ({ safe, signed }: Facts): Severity => (safe && signed === 'none' ? 'low' : 'high')

/** The same request again, in every way that anybody can send it. */
export const replayCases: readonly ProbeCase[] = [
  {
    id: 'unsigned',
    title: 'A request without its signature',
    attacks: [2],
    level: 'P',
    severity: 'critical',
    owasp: owasp.authentication,
    advice: 'Refuse every request without a signature, before anything else looks at it.',
    needs: [needs.standard],
    play: alterations([
      ['no signature at all', (request) => withoutFields(request, 'Signature', 'Signature-Input')],
      ['Signature-Input without Signature', (request) => withoutFields(request, 'Signature')],
    ]),
  },
  {
    id: 'credential-removed',
    title: 'A request that does not say who asks',
    attacks: [2],
    level: 'P',
    severity: 'critical',
    owasp: owasp.authentication,
    advice: 'Refuse requests without a credential.',
    needs: [needs.credential, ({ facts }) => (facts.signed === 'none' ? undefined : 'the request is signed')],
    play: alterations([['no credential', withoutCredentials]]),
  },
  {
    id: 'random-signature',
    title: 'Random bytes for a signature',
    attacks: [3],
    level: 'P',
    severity: 'critical',
    owasp: owasp.authentication,
    advice: 'Verify the signature over the signature base, and refuse the request when it does not verify.',
    needs: [needs.standard],
    play: alterations([['random bytes for a signature', withRandomSignature]]),
  },
  {
    id: 'replay',
    title: 'The same bytes twice',
    attacks: [1, 4],
    level: 'P',
    severity: byHarm,
    owasp: owasp.authentication,
    advice: claimAdvice,
    needs: [needs.credential],
    phase: 'replayed',
    play: async (stage) => {
      const request = await stage.accepted()
      await stage.attempt('the same bytes again', 'refused', { send: request })
    },
  },
  {
    id: 'replay-concurrent',
    title: 'Copies at once, each on a connection of its own',
    attacks: [5],
    level: 'P',
    severity: byHarm,
    owasp: owasp.flows,
    advice: `${claimAdvice} To look first and write later lets two copies in.`,
    needs: [needs.credential],
    phase: 'replayed',
    play: async (stage) => void (await stage.attemptCopies('copies at once', await stage.fresh(), 'sockets')),
  },
  {
    id: 'replay-pipelined',
    follows: ['replay'],
    title: 'Copies behind one another on one connection',
    attacks: [6],
    level: 'P',
    severity: byHarm,
    owasp: owasp.flows,
    advice: claimAdvice,
    needs: [needs.signature],
    phase: 'replayed',
    play: async (stage) => void (await stage.attemptCopies('copies in a row', await stage.fresh(), 'one connection')),
  },
  {
    id: 'replay-later',
    title: 'The same bytes some time later',
    attacks: [4, 10],
    level: 'P',
    severity: byHarm,
    owasp: owasp.authentication,
    advice:
      'Keep each nonce until its signature is too old by itself: created + max age, never a time from first sight.',
    needs: [needs.credential, needs.waiting],
    phase: 'replayed',
    play: async (stage) => {
      const request = await stage.accepted()
      await stage.pause(stage.target.waitSeconds * 1000)
      await stage.attempt(`the same bytes ${stage.target.waitSeconds} s later`, 'refused', { send: request })
    },
  },
  {
    id: 'replay-other-address',
    follows: ['replay'],
    title: 'The same bytes from another address, or to another one of the same name',
    attacks: [7],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'All servers behind a name need one replay store, and nothing in it may go by the address of the client.',
    needs: [needs.signature],
    phase: 'replayed',
    play: replayFromElsewhere,
  },
  {
    id: 'replay-elsewhere',
    follows: ['replay'],
    title: 'The same bytes to another node or service',
    attacks: [7, 8],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice:
      'Nodes of a service share one replay store. Services that share keys cover @authority, and know their own name.',
    needs: [needs.signature, needs.also],
    phase: 'replayed',
    play: replayElsewhere,
  },
  {
    id: 'abort-and-resend',
    follows: ['replay'],
    title: 'A request that breaks off amid its body, and comes again',
    attacks: [13],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'Claim the nonce when the whole body has arrived and its digest was checked.',
    needs: [needs.signature, needs.body],
    phase: 'replayed',
    play: abortAndResend,
  },
  {
    id: 'early-data',
    follows: ['replay'],
    title: 'A request in TLS early data, twice',
    attacks: [24],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'Claim nonces for early data like for all others, or answer 425 Too Early (RFC 8470).',
    needs: [needs.signature],
    phase: 'replayed',
    play: async (stage) => {
      const request = addedField(await stage.fresh(), 'Early-Data', '1')
      const expect = stage.target.facts.keyed ? 'once' : 'refused'
      for (const what of ['with Early-Data: 1', 'the same again']) await stage.attempt(what, expect, { send: request })
    },
  },
]

function withoutCredentials(request: RawRequest): RawRequest {
  return withoutFields(request, ...request.headers.map(([name]) => name).filter(isCredential))
}

function withRandomSignature(request: RawRequest): RawRequest {
  return editedField(request, 'Signature', (value) =>
    value.replace(/:([A-Za-z0-9+/=]*):/g, (_all, base64: string) => {
      return `:${randomBytes(Math.max(Buffer.from(base64, 'base64').length, 32)).toString('base64')}:`
    }),
  )
}

async function replayFromElsewhere(stage: Stage): Promise<void> {
  const { routes } = stage.target.place
  const [first, ...others] = routes
  const isFourth = first?.address.startsWith('127.') === true
  if (!isFourth && others.length === 0) return stage.skip('the name has one address, and this machine has no other')
  const request = await stage.accepted()
  if (isFourth) {
    // 127.0.0.0/8 is all of this machine, where the system lets it be.
    const answer = await stage.attempt('from 127.0.0.2', 'refused', { send: request, localAddress: '127.0.0.2' })
    if (answer.kind === 'silent' && others.length === 0) stage.skip('this machine has no second address')
  }
  for (const route of others) await stage.attempt(`to ${route.address}`, 'refused', { send: request, route })
}

async function replayElsewhere(stage: Stage): Promise<void> {
  for (const { origin, routes } of stage.target.also) {
    const route = routes[0]
    if (route === undefined) continue
    const spent = await stage.accepted()
    await stage.attempt(`the same bytes to ${origin}`, 'refused', { send: spent, route })
    if (!stage.target.facts.keyed) continue
    const request = await stage.fresh()
    await stage.attempt(`first to ${origin}`, 'once', { send: request, route, group: origin })
    await stage.attempt('and then here', 'once', { send: request, group: origin })
  }
}

async function abortAndResend(stage: Stage): Promise<void> {
  const request = await stage.fresh()
  const expect = stage.target.facts.keyed ? 'once' : 'refused'
  const bytes = rawMessageBytes(request)
  const cut = bytes.length - Math.ceil(request.body.length / 2)
  await stage.attempt('broken off amid its body', expect, { send: bytes.subarray(0, cut), abort: true })
  await stage.attempt('the whole of it', expect, { send: request })
  await stage.attempt('the whole of it once more', expect, { send: request })
}
