import { honestSteps } from '../honest/honest-steps.mjs'

/** Requests that get past without a signature. */
export const unsignedFlaws = [
  open('unsigned-passes', {
    title: 'a signature is verified only where there is one',
    attacks: [2],
    caughtBy: ['unsigned'],
    when: ({ request }) => request.headers['signature-input'] === undefined,
  }),
  open('other-spellings-open', {
    title: 'signatures are asked for on /transfers, and the router takes /Transfers/ for the same',
    attacks: [36, 61],
    caughtBy: ['path-altered'],
    when: ({ message }) => message.path !== '/transfers' && message.path !== '/balance',
  }),
  open('head-open', {
    title: 'HEAD needs no signature, and is served as GET',
    attacks: [35],
    caughtBy: ['get-head-swapped'],
    request: { method: 'GET', target: '/balance' },
    when: ({ message }) => message.method === 'HEAD',
  }),
  open('internal-header-open', {
    title: 'X-Middleware-Subrequest marks a request as already checked',
    attacks: [57],
    caughtBy: ['unsigned-by-a-field'],
    when: ({ request }) => request.headers['x-middleware-subrequest'] !== undefined,
  }),
  open('upgrade-open', {
    title: 'a connection becomes a WebSocket before anybody looks at the signature',
    attacks: [58],
    caughtBy: ['upgrade-unsigned'],
    when: ({ request }) => request.headers.upgrade?.toLowerCase() === 'websocket',
  }),
  open('other-methods-open', {
    title: 'signatures are asked for with POST alone',
    attacks: [34],
    caughtBy: ['method-altered'],
    when: ({ message }) => message.method !== 'POST',
  }),
]

/** Lets requests past that the honest server verifies. */
function open(name, { when, ...facts }) {
  return { name, ...facts, plant: () => ({ isOpen: (received) => honestSteps.isOpen(received) || when(received) }) }
}
