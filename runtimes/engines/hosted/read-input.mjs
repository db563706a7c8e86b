import process from 'node:process'

/** All that is written to the standard input. */
export async function readInput() {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  return text
}
