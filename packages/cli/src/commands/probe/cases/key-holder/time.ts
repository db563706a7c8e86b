import { rawMessageBytes } from '../../../../messages/raw-message.ts'
import type { Stage } from '../../session/stage.ts'
import { farthest } from '../../session/window.ts'
import type { ParameterTexts } from '../../signing/signer.ts'
import { needs, owasp, type ProbeCase } from '../case.ts'
import { forgeries } from '../plays.ts'

/** Signatures that stay valid for longer are said to be too long, in seconds. */
const longWindow = 900

/**
 * From two seconds before a deadline to a second behind it, whatever the fractions, in milliseconds. A second more, since
 * the measured window is one too short when a second begins between signing and the look of the server.
 */
const overDeadline = 4100

const keepByCreated =
  'A nonce must be remembered until created + max age, whenever it was first seen, and the window checked in the very step that claims it.'

/** When a signature is valid, and for how long a nonce is remembered. */
export const timeCases: readonly ProbeCase[] = [
  {
    id: 'time-window',
    title: 'Old signatures, and such from the future',
    attacks: [25],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Refuse signatures that are older than a minute or so, or from the future by more than clocks differ.',
    needs: [needs.key],
    play: async (stage) => {
      const { window } = stage
      if (window === undefined) return stage.skip('the window could not be measured')
      if (window.maxAgeSeconds > longWindow)
        stage.note(`a signature ${shownSeconds(window.maxAgeSeconds)} old is let in`)
      if (window.futureSkewSeconds > longWindow) {
        stage.note(`a signature from ${shownSeconds(window.futureSkewSeconds)} in the future is let in`)
      }
    },
  },
  {
    id: 'created-malformed',
    title: 'A time of signing that is none',
    attacks: [26],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Require created, as a whole number of seconds.',
    needs: [needs.key],
    play: forgeries([
      ['no created', { parameters: created(undefined) }],
      ['created a fraction', { parameters: (usual) => ({ ...usual, created: `${usual['created']}.5` }) }],
      ['created a string', { parameters: (usual) => ({ ...usual, created: `"${usual['created']}"` }) }],
      ['created negative', { parameters: created('-1') }],
      ['created of 16 digits', { parameters: created('1000000000000000') }],
      ['created a date', { parameters: (usual) => ({ ...usual, created: `@${usual['created']}` }) }],
    ]),
  },
  {
    id: 'expires-contradictory',
    title: 'Signatures that have ended',
    attacks: [27],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Refuse a signature at and after expires, and one whose expires is not after created.',
    needs: [needs.key],
    play: forgeries([
      ['expires at created', { parameters: (usual) => ({ ...usual, expires: usual['created'] }) }],
      ['expires before created', { parameters: lifetime(0, -10) }],
      ['expired within the window', { parameters: lifetime(-20, 10) }],
    ]),
  },
  {
    id: 'expires-far',
    title: 'Signatures for ten years',
    attacks: [27],
    level: 'K',
    severity: 'low',
    owasp: owasp.authentication,
    advice: 'Limit the time from created to expires: whoever signs for years meant something else.',
    needs: [needs.key],
    play: forgeries([['expires in ten years', { parameters: lifetime(0, 315_360_000) }]]),
  },
  {
    id: 'deadline-edges',
    follows: ['replay'],
    title: 'A replay just before and just after the deadline',
    attacks: [10],
    level: 'K',
    severity: 'high',
    owasp: owasp.authentication,
    advice: keepByCreated,
    needs: [needs.key, needs.waiting],
    play: async (stage) => {
      const age = nearDeadline(stage)
      if (age === undefined) return
      const request = await stage.fresh({ created: stage.signer.now() - age, expires: stage.signer.now() + 60 })
      await stage.attempt(`a request signed ${age} s ago`, 'accepted', { send: request })
      await stage.attempt('the same before its deadline', 'refused', { send: request })
      await stage.pause(overDeadline)
      await stage.attempt('the same after its deadline', 'refused', { send: request })
    },
  },
  {
    id: 'future-created-replayed',
    follows: ['replay'],
    title: 'Signed for the future, and replayed',
    attacks: [11],
    level: 'K',
    severity: 'high',
    owasp: owasp.authentication,
    advice: keepByCreated,
    needs: [needs.key],
    play: replayFromTheFuture,
  },
  {
    id: 'dribbled-past-deadline',
    title: 'A body that ends after the deadline',
    attacks: [12],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: keepByCreated,
    needs: [needs.key, needs.body, needs.waiting],
    play: async (stage) => {
      const age = nearDeadline(stage)
      if (age === undefined) return
      const request = await stage.fresh({ created: stage.signer.now() - age, expires: stage.signer.now() + 60 })
      const bytes = rawMessageBytes(request)
      const send = [{ bytes: bytes.subarray(0, -1) }, { bytes: bytes.subarray(-1), afterMilliseconds: overDeadline }]
      await stage.attempt('the last byte after the deadline', 'refused', { send })
    },
  },
]

/** An age that is two seconds before the end of the window; undefined where that cannot be told. */
function nearDeadline(stage: Stage): number | undefined {
  const { window } = stage
  if (window !== undefined && window.maxAgeSeconds >= 5 && window.maxAgeSeconds < farthest)
    return window.maxAgeSeconds - 2
  stage.skip('the window of the server has no end that could be found')
  return undefined
}

async function replayFromTheFuture(stage: Stage): Promise<void> {
  const { window, target } = stage
  const ahead = window?.futureSkewSeconds ?? 0
  if (window === undefined || ahead < 1) return stage.skip('the server lets in nothing from the future')
  const created = stage.signer.now() + ahead
  const request = await stage.fresh({ created, expires: created + window.maxAgeSeconds + 60 })
  await stage.attempt(`signed ${shownSeconds(ahead)} in the future`, 'accepted', { send: request })
  await stage.attempt('the same again', 'refused', { send: request })
  // A memory that goes by first sight has forgotten by then, and the signature is still valid.
  const seconds = window.maxAgeSeconds + Math.min(2, ahead)
  if (target.waitSeconds < seconds) return
  await stage.pause(seconds * 1000)
  await stage.attempt(`the same ${seconds} s later`, 'refused', { send: request })
}

function created(text: string | undefined): (parameters: ParameterTexts) => ParameterTexts {
  return (parameters) => ({ ...parameters, created: text })
}

/** Moves created by so many seconds, and lets it expire so many after that. */
function lifetime(offset: number, seconds: number): (parameters: ParameterTexts) => ParameterTexts {
  return (parameters) => {
    const from = Number(parameters['created']) + offset
    return { ...parameters, created: String(from), expires: String(from + seconds) }
  }
}

function shownSeconds(seconds: number): string {
  if (seconds >= farthest) return 'an hour or more'
  return seconds >= 120 ? `${Math.floor(seconds / 60)} minutes` : `${seconds} s`
}
