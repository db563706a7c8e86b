import { SignatureError } from '@countersign/core'

/** How a path could be read otherwise than it is written. Each is refused, since some router reads it so. */
const ambiguities: readonly (readonly [pattern: RegExp, rule: string])[] = [
  // Merged or kept; resolved or kept.
  [/\/\//, 'an empty segment'],
  [/\/(?:\.|%2e){1,2}(?:\/|$)/i, 'a dot segment'],
  // A slash for some, a character for others.
  [/\\/, 'a backslash'],
  // The start of parameters, which some routers cut off.
  [/;/, 'a semicolon'],
  // %2f %5c %3b %3f %23 and control characters: a delimiter for whoever decodes before splitting.
  [/%(?:2f|5c|3b|3f|23|[01][0-9a-f]|7f)/i, 'an encoded delimiter or control character'],
  // RFC 3986 2.3: the same resource, and yet another path for a router that does not decode.
  [/%(?:2d|2e|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i, 'an encoded letter, digit, or one of - . _ ~'],
  // Another path for whoever decodes twice.
  [/%25[0-9a-f]{2}/i, 'an octet that is encoded twice'],
]

/**
 * Says what makes a path ambiguous, or undefined where nothing does.
 *
 * @param path as it stands in the request target, without the query.
 */
export function ambiguityOf(path: string): string | undefined {
  for (const [pattern, rule] of ambiguities) if (pattern.test(path)) return rule
  return decodedPath(path) === undefined ? 'an octet that is no UTF-8' : undefined
}

/**
 * A path as the most forgiving router reads it: decoded, in any case, with or without the slash at its end. Case is
 * folded in both directions, since some letters beyond ASCII have one of ASCII as their upper or lower case.
 *
 * @throws SignatureError `malformed_message` for a path that two routers could read in two ways.
 */
export function forgivingForm(path: string): string {
  const ambiguity = ambiguityOf(path)
  if (ambiguity !== undefined) throw new SignatureError('malformed_message', `the path has ${ambiguity}`)
  const folded = (decodedPath(path) as string).toUpperCase().toLowerCase()
  return folded.length > 1 && folded.endsWith('/') ? folded.slice(0, -1) : folded
}

function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
