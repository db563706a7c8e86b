import { once } from 'node:events'
import { createAliceKeys } from './alice-keys.mjs'
import { startBank } from './bank-server.mjs'
import { capture, takeApart, transferRequest } from './captured-request.mjs'

/**
 * Keeps the bank up until Ctrl-C, and prints requests to paste.
 *
 * @param {{ port: number, paint: import('./terminal.mjs').Painter }} options
 * @returns {Promise<number>} the exit code
 */
export async function serve({ port, paint }) {
  const alice = await createAliceKeys()
  const bank = await startBank({
    keys: alice.bankKeys,
    port,
    onExecuted: ({ message, keyId }) => {
      console.log(`${paint('green', 'executed')}  ${message.method} ${message.requestTarget}, signed by ${keyId}`)
    },
    onEvent: ({ type, code, request }) => {
      if (type === 'refused') console.log(`${paint('red', 'refused')}   ${request.method} ${request.url}: ${code}`)
    },
  })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const freshCommand = async () => curlCommand(await capture(bank.origin, { key: alice.laptop }))
  const unsignedCommand = curlCommand(await takeApart(transferRequest(bank.origin)))
  console.log(instructions({ origin: bank.origin, unsignedCommand, signedCommand: await freshCommand(), paint }))
  const stopListening = onEnter(async () => console.log(`\n${await freshCommand()}\n`))
  await stopped
  stopListening()
  await bank.close()
  console.log('\nThe bank is closed.')
  return 0
}

function instructions({ origin, unsignedCommand, signedCommand, paint }) {
  const enter = process.stdin.isTTY ? 'Enter signs a new one. ' : ''
  return `The bank is open at ${paint('bold', origin)}. Paste into another terminal:

${paint('bold', '1  A transfer that nobody signed')}
   It is refused with 401 "missing": without Signature-Input and Signature, the
   bank cannot tell who sent it.

${unsignedCommand}

${paint('bold', '2  A transfer that Alice signed just now')}
   It is executed once, within 60 seconds. Paste it again: 401 "replayed".
   Change anything in it: 401 "invalid". Wait too long: 401 "stale".

${signedCommand}

${enter}Ctrl-C stops the bank. What it does with your requests:
`
}

/**
 * A request as a command for a POSIX shell.
 *
 * @param {import('./captured-request.mjs').CapturedRequest} captured
 */
function curlCommand({ method, url, headers, body }) {
  return [
    `curl -i -X ${method} ${shellQuote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`),
    `--data-raw ${shellQuote(new TextDecoder().decode(body))}`,
  ].join(' \\\n  ')
}

/** Within single quotes a POSIX shell leaves everything alone, but for a single quote (POSIX.1 XCU 2.2.2). */
function shellQuote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * @param {() => Promise<void>} action what a terminal's Enter does
 * @returns {() => void} lets the process end
 */
function onEnter(action) {
  if (!process.stdin.isTTY) return () => {}
  process.stdin.on('data', action)
  return () => process.stdin.destroy()
}
