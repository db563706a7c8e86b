import type { CapturedRequest } from '../captured-request.ts'
import { type BasePart, basePartsOf, explain, parameterParts } from '../signature-base.ts'
import { byId, element } from './elements.ts'

/** A request, and the answer to it. */
export interface Exchange {
  readonly request: CapturedRequest
  readonly altered?: 'body' | undefined
  /** Who sent it and how, in a sentence. */
  readonly note: string
  readonly response: Response
}

/** Shows what went over the wire, and the signature base of it. Reads the response. */
export async function showEvidence(exchange: Exchange): Promise<void> {
  byId('wire-note').textContent = exchange.note
  byId('wire').replaceChildren(...requestLines(exchange), ...(await responseLines(exchange)))
  showBase(basePartsOf(exchange.request))
}

function requestLines({ request, altered }: Exchange): readonly HTMLElement[] {
  const { host, pathname, search } = new URL(request.url)
  const target = [part('@path', pathname), part('@query', search)]
  return [
    line('start', [part('@method', request.method), ' ', ...target, ' HTTP/1.1']),
    line('field', [element('b', {}, ['host']), ': ', part('@authority', host)]),
    ...Object.entries(request.headers).map(([name, value]) => {
      return line('field', [element('b', {}, [name]), ': ', ...fieldParts(name, value)], { 'data-field': name })
    }),
    line('body', [part('content-digest', request.body)], altered === 'body' ? { 'data-altered': true } : {}),
  ]
}

/** Signature-Input repeats what the last line of the base says. */
function fieldParts(name: string, value: string): readonly (Node | string)[] {
  if (name !== 'signature-input') return [part(name, value)]
  const start = value.indexOf('(')
  return [value.slice(0, start), ...parameterParts(value.slice(start)).map(({ name, text }) => part(name, text))]
}

async function responseLines({ response }: Exchange): Promise<readonly HTMLElement[]> {
  const { ok, status, statusText, headers } = response
  return [
    line('start answer', [`HTTP/1.1 ${status} ${statusText}`], { 'data-verdict': ok ? 'executed' : 'refused' }),
    line('field', [element('b', {}, ['content-type']), `: ${headers.get('content-type')}`]),
    line('body', [await response.text()]),
  ]
}

function line(kind: string, children: readonly (Node | string)[], attributes: Record<string, string | boolean> = {}) {
  return element('p', { class: `line ${kind}`, ...attributes }, children)
}

function part(name: string, text: string): HTMLElement {
  return element('span', { 'data-part': name }, [text])
}

function showBase(parts: readonly BasePart[] | undefined): void {
  const isSigned = parts !== undefined
  byId('base').replaceChildren(...(parts ?? []).map((shown, index) => baseLine(shown, index)))
  byId('base').hidden = !isSigned
  byId('no-base').hidden = isSigned
  byId('no-base').textContent = 'There is none: nobody signed this request.'
  byId('explanation').hidden = !isSigned
  byId('explanation').textContent = 'What a line is good for is said here.'
}

/** A button, so that a line can be reached and pointed at by whatever means. */
function baseLine(shown: BasePart, index: number): HTMLElement {
  const id = `why-${index}`
  const isParameter = shown.text.startsWith(';')
  const name = element('b', {}, [`"${shown.name}": `])
  const attributes = { type: 'button', 'aria-describedby': id, 'data-part': shown.name }
  const button = element('button', attributes, isParameter ? [shown.text] : [name, shown.text])
  const point = () => pointAt(shown)
  for (const event of ['focus', 'mouseenter', 'click']) button.addEventListener(event, point)
  const why = element('span', { id, hidden: true }, [explain(shown)])
  return element('li', isParameter ? { class: 'parameter' } : {}, [button, why])
}

/** Explains a part, and marks it on the wire. */
function pointAt(shown: BasePart): void {
  byId('explanation').textContent = explain(shown)
  for (const marked of document.querySelectorAll<HTMLElement>('[data-part]')) {
    marked.toggleAttribute('data-lit', marked.dataset['part'] === shown.name)
  }
}
