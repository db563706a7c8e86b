import { gzipSync } from 'node:zlib'
import type { RawRequest } from '../../../../messages/raw-message.ts'
import { isBusy, isSuccess } from '../../session/answer.ts'
import type { Stage } from '../../session/stage.ts'
import { otherBody, withBody, withField } from '../../signing/edits.ts'
import { digestMember } from '../../signing/signer.ts'
import { needs, owasp, type ProbeCase } from '../case.ts'

/** What somebody with a key can do with bodies. */
export const signedBodyCases: readonly ProbeCase[] = [
  {
    id: 'digest-algorithms',
    follows: ['body-swapped'],
    title: 'Digests that prove nothing',
    attacks: [51],
    level: 'K',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'Take sha-256 and sha-512 alone, check every one that is there, and refuse a field that cannot be read.',
    needs: [needs.key, needs.body],
    play: digestAlgorithms,
  },
  {
    id: 'gzip-bomb',
    title: 'A small body that inflates to 10 MiB',
    attacks: [49],
    level: 'K',
    severity: 'medium',
    owasp: owasp.resources,
    advice: 'Limit what is inflated. The digest is over the bytes on the wire.',
    needs: [needs.key, needs.body],
    play: async (stage) => {
      const bomb = withField(
        withBody(stage.target.request, gzipSync(Buffer.alloc(10_485_760))),
        'Content-Encoding',
        'gzip',
      )
      const { body } = stage.target.request
      const small = withField(withBody(stage.target.request, gzipSync(body)), 'Content-Encoding', 'gzip')
      const inflated = await stage.forge({ digest: digestMember(body) }, small)
      await stage.attempt('a body with the digest of what it inflates to', 'refused', { send: inflated })
      const request = await stage.signer.fresh(bomb, await freshNonce(stage))
      await stage.attempt('10 MiB of nothing, compressed', 'any', { send: request })
    },
  },
  {
    id: 'body-too-large',
    title: 'A signed body of 8 MiB',
    attacks: [48],
    level: 'K',
    severity: 'low',
    owasp: owasp.resources,
    advice: 'Limit the body to what the handler needs (413), signed or not.',
    needs: [needs.key, needs.body],
    play: async (stage) => {
      const { request } = stage.target
      // White space behind JSON changes nothing.
      const long = withBody(request, Buffer.concat([request.body, Buffer.alloc(8_388_608, ' ')]))
      const send = await stage.signer.fresh(long, await freshNonce(stage))
      await stage.attempt('8 MiB, signed', 'refused', { send })
    },
  },
  {
    id: 'replay-after-error',
    follows: ['replay'],
    title: 'A request that fails, again',
    attacks: [9],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Never release a nonce that was claimed, whatever the handler does. A client that tries again signs anew.',
    needs: [needs.key, needs.body],
    play: replayAfterError,
  },
]

async function freshNonce(stage: Stage): Promise<{ readonly nonce?: string }> {
  const nonce = await stage.issuedNonce()
  return nonce === undefined ? {} : { nonce }
}

async function digestAlgorithms(stage: Stage): Promise<void> {
  const { body } = stage.target.request
  const other = otherBody(body)
  const good = digestMember(body)
  const rows: readonly (readonly [string, string])[] = [
    ['md5 alone', digestMember(body, 'md5')],
    ['an unknown algorithm alone', 'unknown=:AAAA:'],
    ['sha-256 good, sha-512 bad', `${good}, ${digestMember(other, 'sha-512')}`],
    ['sha-256 twice, the bad one first', `${digestMember(other)}, ${good}`],
    ['sha-256 of another body', digestMember(other)],
    ['the algorithm in capitals', good.replace('sha', 'SHA')],
  ]
  for (const [what, digest] of rows) await stage.attempt(what, 'refused', { send: await stage.forge({ digest }) })
}

/** A signed body that the handler cannot use. If it is answered twice in the same way, the nonce was let go. */
async function replayAfterError(stage: Stage): Promise<void> {
  const { request } = stage.target
  const broken: RawRequest = withBody(request, request.body.subarray(0, Math.ceil(request.body.length / 2)))
  const unsigned = await stage.attempt('a broken body, unsigned', 'any', { send: broken })
  const spent = await stage.accepted()
  const replayed = await stage.attempt('a replay', 'refused', { send: spent })
  const signed = await stage.signer.fresh(broken, await freshNonce(stage))
  const first = await stage.attempt('a broken body, signed', 'any', { send: signed })
  const second = await stage.attempt('the same again', 'refused', { send: signed })
  const [one, two, refusal, bare] = [first, second, replayed, unsigned].map((answer) =>
    answer.kind === 'response' ? answer.response.status : 0,
  )
  // Where replays are let in anyway, this adds nothing.
  if (isSuccess(replayed) || [first, second].some(isBusy)) return
  // Where the body is looked at before the signature, the answer tells nothing of nonces.
  if (one === bare) return
  if (two !== 0 && two === one && two !== refusal) {
    stage.note(`a request that failed with ${one} was let in to fail once more, and is not refused as a replay`)
  }
}
