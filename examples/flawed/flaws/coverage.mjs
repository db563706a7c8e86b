import { SignatureError } from '@countersign/core'
import { honestSteps } from '../honest/honest-steps.mjs'

/** What a signature must cover. */
export const coverageFlaws = [
  {
    name: 'nothing-required',
    title: 'any valid signature will do, also one that covers nothing',
    attacks: [31],
    caughtBy: ['covers-nothing'],
    plant: () => ({ requiredComponents: () => [] }),
  },
  notRequired('@method', { attacks: [32], caughtBy: ['uncovered-method'] }),
  notRequired('@authority', { attacks: [32], caughtBy: ['uncovered-authority'] }),
  notRequired('@path', { attacks: [32], caughtBy: ['uncovered-path'] }),
  notRequired('@query', { attacks: [32], caughtBy: ['uncovered-query'] }),
  notRequired('content-digest', { attacks: [32, 47], caughtBy: ['uncovered-content-digest'] }),
  notRequired('content-type', { attacks: [32], caughtBy: ['uncovered-content-type'] }),
  {
    ...notRequired('content-encoding', { attacks: [42], caughtBy: ['content-encoding-added'] }),
    title: 'Content-Encoding need not be covered: who adds it changes what the bytes mean',
  },
  {
    name: 'digest-required-when-present',
    title: 'Content-Digest must be covered only where the sender put one',
    attacks: [47],
    caughtBy: ['digest-absent'],
    plant: () => ({
      requiredComponents: (message) =>
        honestSteps
          .requiredComponents(message)
          .filter((name) => name !== 'content-digest' || message.headers.has('content-digest')),
    }),
  },
  {
    name: 'body-of-a-get-not-required',
    title: 'the body of a GET need not be covered',
    attacks: [46],
    caughtBy: ['body-added'],
    request: { method: 'GET', target: '/balance' },
    plant: () => ({
      requiredComponents: (message) =>
        honestSteps
          .requiredComponents(message)
          .filter((name) => message.method !== 'GET' || !name.startsWith('content-')),
    }),
  },
  {
    name: 'requirement-met-by-name',
    title: 'component names are compared without their parameters',
    attacks: [33],
    caughtBy: ['requirement-met-by-parameter'],
    plant: () => ({
      checkCoverage({ message, steps }, { components }) {
        const covered = new Set(components.map(({ name }) => name))
        if (!steps.requiredComponents(message).every((name) => covered.has(name))) {
          throw new SignatureError('component_not_covered')
        }
      },
    }),
  },
  {
    name: 'absent-read-as-empty',
    title: 'a covered field that is absent counts as an empty one',
    attacks: [59],
    caughtBy: ['covered-field-absent'],
    plant: () => ({
      makeBase({ message, ...received }, input) {
        const absent = input.components.filter(({ name }) => !name.startsWith('@') && !message.headers.has(name))
        const headers = new Map([...message.headers, ...absent.map(({ name }) => [name, ['']])])
        return honestSteps.makeBase({ ...received, message: { ...message, headers } }, input)
      },
    }),
  },
]

/** A component that a signature may leave out. */
function notRequired(component, { attacks, caughtBy }) {
  return {
    name: `${component.replace('@', '')}-not-required`,
    title: `${component} need not be covered`,
    attacks,
    caughtBy,
    plant: () => ({
      requiredComponents: (message) =>
        honestSteps.requiredComponents(message).filter((required) => required !== component),
    }),
  }
}
