import { refused } from '../../fields/expectation.mjs'
import {
  message,
  ok,
  replayed,
  replayedOrStale,
  sequence,
  stale,
  staleOrReplayed,
  starting,
  step,
} from './messages.mjs'

const first = message('a')
const down = { store: 'unavailable' }
const noAnswer = refused('replay_store_unavailable')
const durable = { restart: 'durable' }
const memory = { restart: 'memory' }

const outages = [
  sequence('store-down', 'The store does not answer: refused, and accepted when it does (attack 95)', {
    messages: { first },
    steps: [step(0, 'first', noAnswer, down), step(1, 'first', ok), step(2, 'first', replayed)],
  }),
  sequence('store-down-replay', 'A replay while the store does not answer (attack 95)', {
    messages: { first, second: message('b', 2) },
    steps: [
      step(0, 'first', ok),
      step(1, 'first', noAnswer, down),
      step(2, 'second', noAnswer, down),
      step(3, 'first', replayed),
      step(3, 'second', ok),
    ],
  }),
].map((test) => ({ ...test, flags: ['StoreOutage'] }))

const restarts = [
  sequence('restart-durable', 'A replay after a restart: the store has kept what was accepted (attack 92)', {
    messages: { first, second: message('b', 2) },
    steps: [
      step(0, 'first', ok),
      step(1, 'first', replayed, durable),
      step(2, 'second', ok),
      step(3, 'second', replayed, durable),
    ],
  }),
  sequence('restart-durable-serves', 'A new request right after a restart, and one that was created before it', {
    messages: { first, before: message('b', -20), after: message('c', 1) },
    steps: [step(0, 'first', ok), step(1, 'after', ok, durable), step(1, 'before', ok)],
  }),
  sequence('restart-memory', 'A replay after a restart that lost what was accepted (attack 92)', {
    messages: { first },
    steps: [step(0, 'first', ok), step(1, 'first', starting, memory), step(60, 'first', starting)],
  }),
  sequence('restart-memory-future', 'A replay after such a restart, created as far in the future as is accepted', {
    messages: { first: message('a', 10) },
    steps: [
      step(0, 'first', ok),
      step(0, 'first', starting, memory),
      step(30, 'first', starting),
      step(70, 'first', starting),
    ],
  }),
  sequence(
    'restart-memory-edge',
    'After such a restart, what was created up to the skew later is refused, and then accepted (attack 93)',
    {
      messages: { at: message('b', 10), above: message('c', 11) },
      steps: [
        step(0, undefined, ok, memory),
        step(1, 'at', starting),
        step(1, 'above', ok),
        step(2, 'above', replayed),
      ],
    },
  ),
  sequence('restart-memory-serves', 'After such a restart, a new request is accepted when the skew is over', {
    messages: { first, soon: message('b', 5), later: message('c', 11) },
    steps: [
      step(0, 'first', ok),
      step(0, undefined, ok, memory),
      step(5, 'soon', starting),
      step(11, 'later', ok),
      step(11, 'first', starting),
      step(12, 'soon', starting),
    ],
  }),
].map((test) => ({ ...test, flags: ['Restart'] }))

const other = (seconds) => message(`at-${seconds}`, seconds)

/** What was accepted is refused for ever, whatever the window becomes. */
const windows = [
  sequence(
    'window-wider',
    'The window is made wider at a restart: a replay of a request that had gone stale (attack 30)',
    {
      messages: { first },
      steps: [
        step(0, 'first', ok),
        step(61, 'first', stale),
        step(100, 'first', replayedOrStale, { ...durable, maxAgeSeconds: 600 }),
        step(600, 'first', replayedOrStale),
      ],
    },
  ),
  sequence(
    'window-wider-after-forgetting',
    'The window is made wider at a restart, when the store may have forgotten (attack 30)',
    {
      messages: { first, other: other(90) },
      steps: [
        step(0, 'first', ok),
        step(90, 'other', ok),
        step(100, 'first', staleOrReplayed, { ...durable, maxAgeSeconds: 600 }),
        step(100, 'other', replayed),
      ],
    },
  ),
  sequence('window-wider-lost', 'The window is made wider at a restart that lost what was accepted (attack 30)', {
    messages: { first },
    steps: [step(0, 'first', ok), step(100, 'first', starting, { ...memory, maxAgeSeconds: 600 })],
  }),
  sequence('window-narrower', 'The window is made narrower at a restart, and wide again', {
    messages: { first, other: other(100) },
    policy: { profile: 'countersign', maxAgeSeconds: 600 },
    steps: [
      step(0, 'first', ok),
      step(70, 'first', stale, { ...durable, maxAgeSeconds: 60 }),
      step(100, 'other', ok),
      step(110, 'first', replayedOrStale, { ...durable, maxAgeSeconds: 600 }),
    ],
  }),
].map((test) => ({ ...test, flags: ['ChangedWindow'] }))

const clocks = [
  sequence('clock-back', 'The clock is set back by ten seconds: a replay', {
    messages: { first },
    steps: [step(0, 'first', ok), step(-10, 'first', replayed), step(0, 'first', replayed)],
  }),
  sequence('clock-back-after-forgetting', 'The clock is set back when the store may have forgotten (attack 28)', {
    messages: { first, other: other(90) },
    steps: [
      step(0, 'first', ok),
      step(90, 'other', ok),
      step(20, 'first', staleOrReplayed),
      step(90, 'other', replayed),
    ],
  }),
  sequence(
    'clock-back-ten-minutes',
    'The clock is set back by ten minutes, and replays come as it goes on (attack 28)',
    {
      messages: { first, other: other(600) },
      steps: [
        step(0, 'first', ok),
        step(600, 'other', ok),
        step(0, 'first', staleOrReplayed),
        step(30, 'first', staleOrReplayed),
        step(60, 'first', staleOrReplayed),
        step(600, 'other', replayed),
      ],
    },
  ),
  sequence(
    'clock-forward-and-back',
    'A request of a clock that was ahead by ten minutes is not accepted twice when the time comes (attack 29)',
    {
      messages: { first, ahead: other(600) },
      steps: [
        step(0, 'first', ok),
        step(600, 'ahead', ok),
        step(0, 'first', staleOrReplayed),
        step(0, 'ahead', refused('not_yet_valid')),
        step(600, 'ahead', replayed),
      ],
    },
  ),
].map((test) => ({ ...test, flags: ['ClockStep'] }))

export const stores = [...outages, ...restarts, ...windows, ...clocks]
