import type { RawResponse } from '../../../messages/raw-message.ts'
import { type Answer, bodyShape, isSuccess } from './answer.ts'

/** What an answer is held against: some servers say no with a status of 2xx. */
export interface Yardstick {
  /** What requests were answered that were let in. */
  readonly controls: readonly RawResponse[]
  /** What a request without any proof was answered, where that was a success, too. */
  readonly refusal: RawResponse | undefined
}

/** What an answer says. `unclear`: a success that reads neither like the controls nor like the refusal. */
export type Reading = 'let in' | 'refused' | 'unclear'

/** Reads an answer. */
export function readingOf(answer: Answer, { controls, refusal }: Yardstick): Reading {
  if (answer.kind === 'silent' || !isSuccess(answer)) return 'refused'
  if (refusal === undefined) return 'let in'
  if (controls.length === 0) return bodyShape(answer.response) === bodyShape(refusal) ? 'refused' : 'let in'
  const marks = marksOf(controls, refusal)
  // A request without any proof was answered as the controls were: then nothing is refused here.
  if (marks.length === 0) return 'let in'
  const said = featuresOf(answer.response)
  const yes = marks.filter((mark) => mark.read(said) === mark.yes).length
  const no = marks.filter((mark) => mark.read(said) === mark.no).length
  if (yes === no) return 'unclear'
  return yes > no ? 'let in' : 'refused'
}

/** One thing in which the controls agree, and differ from the refusal. */
interface Mark {
  readonly read: (features: Features) => string | undefined
  readonly yes: string | undefined
  readonly no: string | undefined
}

/** The members of an answer in JSON by their paths, or the words of a text. */
type Features = ReadonlyMap<string, string>

function marksOf(controls: readonly RawResponse[], refusal: RawResponse): readonly Mark[] {
  const admitted = controls.map(featuresOf)
  const refused = featuresOf(refusal)
  const names = new Set([...admitted, refused].flatMap((features) => [...features.keys()]))
  return [...names].flatMap((name) => {
    const byValue = (features: Features): string | undefined => features.get(name)
    const byPresence = (features: Features): string | undefined => (features.has(name) ? 'there' : undefined)
    // An error is an error, whatever it says: the value counts only where both have one.
    const read = [...admitted, refused].every((features) => features.has(name)) ? byValue : byPresence
    const [yes, ...others] = admitted.map(read)
    const no = read(refused)
    return others.every((other) => other === yes) && yes !== no ? [{ read, yes, no }] : []
  })
}

/** How deep the members of members are looked at. */
const deepest = 3

function featuresOf({ body }: RawResponse): Features {
  const text = Buffer.from(body.subarray(0, 65_536)).toString('utf8').trim()
  try {
    return new Map(membersOf(JSON.parse(text), '', deepest))
  } catch {
    return new Map(text.match(/\p{L}{2,}/gu)?.map((word) => [word, 'there']))
  }
}

function membersOf(value: unknown, path: string, depth: number): readonly (readonly [string, string])[] {
  // {"error":null} says what {} says.
  if (value === null) return []
  if (Array.isArray(value)) return [[path, '[]']]
  if (typeof value !== 'object' || depth === 0) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([name, member]) => membersOf(member, `${path}/${name}`, depth - 1))
}
