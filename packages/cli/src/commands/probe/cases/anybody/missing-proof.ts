import { withoutFields } from '../../signing/edits.ts'
import { withOtherSignature, withoutProofs } from '../../signing/proof-edits.ts'
import { noFields } from '../../target/facts.ts'
import { needs, owasp, type ProbeCase } from '../case.ts'
import { alterations } from '../plays.ts'

/** Requests without what proves who asks, or with something made up in its place. */
export const missingProofCases: readonly ProbeCase[] = [
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
    play: (stage) => {
      const { homeMade } = stage.target.facts
      return alterations([['no credential', (request) => withoutProofs(request, homeMade)]])(stage)
    },
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
    play: alterations([['random bytes for a signature', (request) => withOtherSignature(request, noFields)]]),
  },
]
