import { addedField, withField } from '../../signing/edits.ts'
import type { CoveredLine, Shape } from '../../signing/signer.ts'
import { inAbsoluteForm } from '../../signing/target-edits.ts'
import type { Facts } from '../../target/facts.ts'
import { type Need, needs, owasp, type ProbeCase, type Severity, signatureUnchecked } from '../case.ts'
import { type EditRow, type ForgeRow, forgeries } from '../plays.ts'

const requireProfile =
  'Require what must be covered, by whole component identifiers, and refuse a signature that lacks any of it.'
const readStrictly = 'Refuse component identifiers that RFC 9421 does not know, or forbids (2.5).'

/** What a signature covers: too little, twice, or what there is not. */
export const coverageCases: readonly ProbeCase[] = [
  coverage('covers-nothing', [31], {
    title: 'A signature that covers nothing',
    severity: 'critical',
    rows: [['()', { lines: () => [] }]],
  }),
  uncovered('@method', 'high', []),
  uncovered('@authority', 'high', []),
  uncovered('@path', 'high', []),
  uncovered('@query', 'high', []),
  uncovered('content-digest', 'critical', [needs.body]),
  uncovered('content-type', 'medium', [needs.body, needs.contentType]),
  coverage('digest-absent', [47], {
    title: 'A body without a digest',
    severity: 'critical',
    needs: [needs.body],
    rows: [['no Content-Digest', { digest: null, lines: (lines) => lines.filter(isNot('content-digest')) }]],
  }),
  {
    ...coverage('requirement-met-by-parameter', [33], {
      title: 'Something else of the same name covered',
      severity: 'medium',
      rows: [],
    }),
    // What need not be covered may be covered as anything.
    follows: [
      ...signatureUnchecked,
      ...['method', 'authority', 'path', 'query', 'content-digest', 'content-type'].map((name) => `uncovered-${name}`),
    ],
    play: async (stage) => forgeries(parameterRows(stage.target.facts))(stage),
  },
  {
    ...coverage('signed-for-another-host', [8, 40, 55], {
      title: 'Signed for another host',
      severity: 'high',
      advice:
        'Compare @authority with what the server was told that it is called: not with Host, X-Forwarded-Host or the request target, which the sender chooses.',
      rows: [],
    }),
    play: async (stage) => {
      for (const [what, edit] of otherHostRows) {
        const signed = await stage.forge({ authority: otherHost })
        await stage.attempt(`signed for ${otherHost}${what}`, 'refused', { send: edit(signed) })
      }
    },
  },
  coverage('covered-field-absent', [59], {
    title: 'A covered field that is not there',
    severity: 'medium',
    rows: [
      ['an absent field covered as empty', { lines: (lines) => [...lines, { identifier: '"x-probe"', value: '' }] }],
    ],
  }),
  coverage('signature-params-covered', [68], {
    title: 'The signature parameters covered as a component',
    severity: 'low',
    advice: readStrictly,
    rows: [
      [
        '"@signature-params" covered',
        { lines: (lines) => [...lines, { identifier: '"@signature-params"', value: '()' }] },
      ],
    ],
  }),
  coverage('component-duplicated', [69], {
    title: 'A component twice',
    severity: 'low',
    advice: readStrictly,
    rows: [['"@method" twice', { lines: (lines) => [...lines, ...lines.slice(0, 1)] }]],
  }),
  coverage('component-upper-case', [70], {
    title: 'A component in capitals',
    severity: 'low',
    advice: readStrictly,
    rows: [
      ['"Host"', { lines: (lines) => [...lines, { identifier: '"Host"', value: lineValue(lines, '@authority') }] }],
    ],
  }),
  coverage('component-unknown', [71], {
    title: 'Components that there are not',
    severity: 'low',
    advice: readStrictly,
    rows: [
      ['"@unknown"', { lines: (lines) => [...lines, { identifier: '"@unknown"', value: '' }] }],
      [
        '"host";unknown',
        { lines: (lines) => [...lines, { identifier: '"host";unknown', value: lineValue(lines, '@authority') }] },
      ],
      [
        '"host";bs;sf',
        { lines: (lines) => [...lines, { identifier: '"host";bs;sf', value: lineValue(lines, '@authority') }] },
      ],
      [
        '"host";req',
        { lines: (lines) => [...lines, { identifier: '"host";req', value: lineValue(lines, '@authority') }] },
      ],
    ],
  }),
  {
    ...coverage('query-param-component', [80], {
      title: 'A parameter covered instead of the query',
      severity: 'high',
      rows: [],
    }),
    play: async (stage) => {
      const { target } = stage
      const [path = '/'] = target.request.target.split('?')
      const lines = (value: string): Shape => ({
        lines: replacing('@query', () => ({ identifier: '"@query-param";name="probe"', value })),
      })
      const twice = { ...target.request, target: `${path}?probe=1&probe=2` }
      await stage.attempt('a parameter that is there twice', 'refused', { send: await stage.forge(lines('1'), twice) })
      const more = { ...target.request, target: `${path}?probe=1&other=2` }
      await stage.attempt('one of two parameters', 'refused', { send: await stage.forge(lines('1'), more) })
    },
  },
]

const otherHost = 'other.example'

/** How a request can say that it is for the host that it was signed for. */
const otherHostRows: readonly EditRow[] = [
  ['', (request) => request],
  [', as Host says', (request) => withField(request, 'Host', otherHost)],
  [', as X-Forwarded-Host says', (request) => addedField(request, 'X-Forwarded-Host', otherHost)],
  [', as Forwarded says', (request) => addedField(request, 'Forwarded', `host=${otherHost}`)],
  [', as X-Original-Host says', (request) => addedField(request, 'X-Original-Host', otherHost)],
  [', as a target in absolute form says', (request) => inAbsoluteForm(request, otherHost)],
]

/** A parameter of a component makes it another one (RFC 9421 2), whatever its name is. */
function parameterRows({ body, contentType }: Facts): readonly ForgeRow[] {
  const renamed = (component: string, parameter: string, value = (text: string) => text): ForgeRow => [
    `"${component}"${parameter}`,
    { lines: replacing(component, (line) => ({ identifier: `"${component}"${parameter}`, value: value(line.value) })) },
  ]
  const inBytes = (text: string): string => `:${Buffer.from(text).toString('base64')}:`
  const ofDigest = [
    renamed('content-digest', ';bs', inBytes),
    renamed('content-digest', ';key="sha-256"', (text) => text.replace(/^sha-256=/, '')),
    renamed('content-digest', ';tr'),
  ]
  return [
    renamed('@method', ';req'),
    renamed('@path', ';tr'),
    renamed('@authority', ';bs', inBytes),
    renamed('@query', ';key="a"'),
    ...(body ? ofDigest : []),
    ...(body && contentType ? [renamed('content-type', ';bs', inBytes)] : []),
  ]
}

interface Row {
  readonly title: string
  readonly severity: Severity
  readonly rows: readonly (readonly [what: string, shape: Shape])[]
  readonly needs?: readonly Need[]
  readonly advice?: string
}

function coverage(id: string, attacks: readonly number[], row: Row): ProbeCase {
  return {
    id,
    title: row.title,
    attacks,
    follows: signatureUnchecked,
    level: 'K',
    severity: row.severity,
    owasp: owasp.authentication,
    advice: row.advice ?? requireProfile,
    needs: [needs.key, ...(row.needs ?? [])],
    play: forgeries(row.rows),
  }
}

function uncovered(component: string, severity: Severity, further: readonly Need[]): ProbeCase {
  const name = component.replace('@', '')
  return coverage(`uncovered-${name}`, name === 'content-digest' ? [32, 47] : [32], {
    title: `A signature that does not cover ${component}`,
    severity,
    needs: further,
    rows: [[`without "${component}"`, { lines: (lines) => lines.filter(isNot(component)) }]],
  })
}

function isNot(component: string): (line: CoveredLine) => boolean {
  return ({ identifier }) => identifier !== `"${component}"`
}

function replacing(component: string, replace: (line: CoveredLine) => CoveredLine): NonNullable<Shape['lines']> {
  return (lines) => lines.map((line) => (isNot(component)(line) ? line : replace(line)))
}

function lineValue(lines: readonly CoveredLine[], component: string): string {
  return lines.find((line) => !isNot(component)(line))?.value ?? ''
}
