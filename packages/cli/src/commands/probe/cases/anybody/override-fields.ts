import { addedField, withField, withoutFields } from '../../signing/edits.ts'
import { needs, owasp, type ProbeCase, replayedCopy } from '../case.ts'
import { alterations, distractions } from '../plays.ts'

const ignoreOverrides =
  'Act on what was signed alone: a field that replaces method, host or path must be covered, or ignored.'

/** Fields that are said to stand for the request line, or to switch checks off. */
export const overrideFieldCases: readonly ProbeCase[] = [
  {
    id: 'method-override',
    ...replayedCopy,
    title: 'A field that asks for another method',
    attacks: [54],
    advice: ignoreOverrides,
    needs: [needs.signature],
    play: distractions([
      ['X-HTTP-Method-Override: DELETE', (request) => addedField(request, 'X-HTTP-Method-Override', 'DELETE')],
      ['X-HTTP-Method: DELETE', (request) => addedField(request, 'X-HTTP-Method', 'DELETE')],
      ['X-Method-Override: DELETE', (request) => addedField(request, 'X-Method-Override', 'DELETE')],
    ]),
  },
  {
    id: 'forwarded-spoofed',
    ...replayedCopy,
    title: 'Fields of a proxy, made up',
    attacks: [55],
    advice: ignoreOverrides,
    needs: [needs.signature],
    play: distractions([
      ['X-Forwarded-Host: other.example', (request) => addedField(request, 'X-Forwarded-Host', 'other.example')],
      ['X-Forwarded-Proto: https', (request) => addedField(request, 'X-Forwarded-Proto', 'https')],
      [
        'Forwarded: host=other.example',
        (request) => addedField(request, 'Forwarded', 'host=other.example;proto=https'),
      ],
    ]),
  },
  {
    id: 'original-url',
    ...replayedCopy,
    title: 'A field that asks for another path',
    attacks: [56],
    advice: ignoreOverrides,
    needs: [needs.signature],
    play: distractions([
      ['X-Original-URL: /admin', (request) => addedField(request, 'X-Original-URL', '/countersign-probe')],
      ['X-Rewrite-URL: /admin', (request) => addedField(request, 'X-Rewrite-URL', '/countersign-probe')],
    ]),
  },
  {
    id: 'unsigned-by-a-field',
    follows: ['unsigned'],
    title: 'A field that is said to switch checks off',
    attacks: [57],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'No field that a client can send may lead around verification.',
    needs: [needs.standard],
    play: alterations([
      [
        'unsigned, with x-middleware-subrequest',
        (request) =>
          withField(
            withoutFields(request, 'Signature', 'Signature-Input'),
            'x-middleware-subrequest',
            'middleware:middleware:middleware:middleware:middleware',
          ),
      ],
    ]),
  },
]
