import type { Output, World } from '../world.ts'

const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

/** How text can look. */
export type TextStyle = keyof typeof styles

/** Colours text, or leaves it alone where nobody would see colour. */
export type Paint = (style: TextStyle, text: string) => string

/** The paint of an output. FORCE_COLOR wins over NO_COLOR (https://no-color.org), as in Node. */
export function painter(output: Output, env: World['env']): Paint {
  if (!wantsColour(output, env)) return (_style, text) => text
  return (style, text) => (text === '' ? '' : `\u001b[${styles[style]}m${text}\u001b[0m`)
}

function wantsColour(output: Output, env: World['env']): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no } = env
  if (force !== undefined) return force !== '0' && force !== 'false'
  return isCapable(output, env) && !no
}

/** Whether an output does what escape sequences say: the terminal inside of an editor calls itself dumb. */
export function isCapable(output: Output, { TERM: terminal }: World['env']): boolean {
  return output.isTerminal && terminal !== 'dumb'
}

/**
 * Text from the other side, fit to be shown: control characters cannot move the cursor or clear the screen.
 * Line breaks and tabs stay.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
