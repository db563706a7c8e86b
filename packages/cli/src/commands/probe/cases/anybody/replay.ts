import { fieldValues, type RawRequest, rawMessageBytes } from '../../../../messages/raw-message.ts'
import { isSuccess } from '../../session/answer.ts'
import type { Stage } from '../../session/stage.ts'
import { addedField, withField } from '../../signing/edits.ts'
import type { Facts } from '../../target/facts.ts'
import { needs, owasp, type ProbeCase, replayedCopy, type Severity } from '../case.ts'

const claimAdvice =
  'Claim the nonce of each request in one atomic step, in a store that all servers share, before the handler runs.'

/** Reading twice shows to another what was shown before; everything else does something twice. */
function byHarm({ safe, signed }: Facts): Severity {
  if (!safe) return 'high'
  return signed === 'none' ? 'low' : 'medium'
}

/** The same request again, in every way that anybody can send it. */
export const replayCases: readonly ProbeCase[] = [
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
      const send = await stage.accepted()
      // Several workers may each remember their own: the next one gets the next copy.
      for (const again of ['again', 'a third time', 'a fourth time', 'a fifth time']) {
        if (isSuccess(await stage.attempt(`the same bytes ${again}`, 'refused', { send }))) return
      }
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
    play: async (stage) => {
      const answers = await stage.attemptCopies('copies in a row', await stage.fresh(), 'one connection')
      if (answers.length < 2) stage.skip('the server answers one request on a connection, and closes it')
    },
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
    id: 'replay-after-others',
    follows: ['replay'],
    title: 'The same bytes after many other requests',
    attacks: [4],
    level: 'K',
    severity: byHarm,
    owasp: owasp.authentication,
    advice:
      'Never forget a nonce to make room for another: keep each until its signature is too old, and answer 503 when the store is full.',
    needs: [needs.key],
    play: async (stage) => {
      const request = await stage.accepted()
      const { copies } = stage.target
      for (let count = 1; count <= copies; count += 1) {
        await stage.attempt(`other request ${count}`, 'control', { send: await stage.fresh() })
      }
      await stage.attempt(`the same bytes after ${copies} others`, 'refused', { send: request })
    },
  },
  {
    id: 'replay-other-address',
    ...replayedCopy,
    title: 'The same bytes from another address, or to another one of the same name',
    attacks: [7],
    advice: 'All servers behind a name need one replay store, and nothing in it may go by the address of the client.',
    needs: [needs.signature],
    play: replayFromElsewhere,
  },
  {
    id: 'replay-elsewhere',
    ...replayedCopy,
    title: 'The same bytes to another node or service',
    attacks: [7, 8],
    advice:
      'Nodes of a service share one replay store. Services that share keys cover @authority, and know their own name.',
    needs: [needs.signature, needs.also],
    play: replayElsewhere,
  },
  {
    id: 'abort-and-resend',
    ...replayedCopy,
    title: 'A request that breaks off amid its body, and comes again',
    attacks: [13],
    advice: 'Claim the nonce when the whole body has arrived and its digest was checked.',
    needs: [needs.signature, needs.body],
    play: abortAndResend,
  },
  {
    id: 'early-data',
    ...replayedCopy,
    title: 'A request in TLS early data, twice',
    attacks: [24],
    advice: 'Claim nonces for early data like for all others, or answer 425 Too Early (RFC 8470).',
    needs: [needs.signature],
    play: async (stage) => {
      const request = addedField(await stage.fresh(), 'Early-Data', '1')
      const expect = stage.target.facts.keyed ? 'once' : 'refused'
      for (const what of ['with Early-Data: 1', 'the same again']) await stage.attempt(what, expect, { send: request })
    },
  },
]

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
    for (const [name, send] of believedNames(spent, new URL(origin).host)) {
      await stage.attempt(`the same bytes to ${origin}, with ${name}`, 'refused', { send, route })
    }
    if (!stage.target.facts.keyed) continue
    const request = await stage.fresh()
    await stage.attempt(`first to ${origin}`, 'once', { send: request, route, group: origin })
    await stage.attempt('and then here', 'once', { send: request, group: origin })
  }
}

/** A service that lets a client say which host was asked takes what was signed for another one. */
function believedNames(request: RawRequest, host: string): readonly (readonly [string, RawRequest])[] {
  const signedFor = fieldValues(request.headers, 'host')[0] ?? ''
  const here = withField(request, 'Host', host)
  return [
    ['X-Forwarded-Host', addedField(here, 'X-Forwarded-Host', signedFor)],
    ['Forwarded', addedField(here, 'Forwarded', `host="${signedFor}"`)],
  ]
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
