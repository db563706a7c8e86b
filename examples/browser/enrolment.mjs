import { sendJson } from './json-response.mjs'

const maxBodyBytes = 4096
const cookieName = 'countersign_session'

/**
 * How a browser comes to a key that the bank knows. A real bank opens the session when somebody logs in; this one,
 * when somebody opens the page.
 *
 * @param {object} options
 * @param {ReturnType<typeof import('./accounts.mjs').createAccounts>} options.accounts
 * @param {string} options.origin of the page
 */
export function createEnrolment({ accounts, origin }) {
  return {
    /** GET /session: whose account this is. */
    session(request, response) {
      const session = accounts.ofSession(sessionOf(request)) ? sessionOf(request) : accounts.open()
      if (session === undefined) return sendJson(response, 503, { error: 'no room for another account: restart me' })
      // Strict: no other site can use it. With https, add Secure and the prefix __Host-.
      response.setHeader('set-cookie', `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`)
      sendJson(response, 200, { account: accounts.ofSession(session).name })
    },

    /** POST /keys: the public key of this browser. It cannot be signed yet, so the session says whose it is. */
    async enrol(request, response) {
      const account = accounts.ofSession(sessionOf(request))
      if (account === undefined || request.headers.origin !== origin) {
        return sendJson(response, 403, { error: 'open the page first' })
      }
      try {
        const keyId = await accounts.enrol(account, await readJson(request))
        if (keyId === undefined) return sendJson(response, 409, { error: 'this key cannot be added to the account' })
        sendJson(response, 200, { keyId })
      } catch {
        sendJson(response, 400, { error: 'send a public key as a JWK: Ed25519, or EC on P-256' })
      }
    },
  }
}

function sessionOf(request) {
  const cookies = (request.headers.cookie ?? '').split('; ')
  return cookies.find((cookie) => cookie.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1)
}

async function readJson(request) {
  const chunks = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxBodyBytes) throw new RangeError('the body is too large')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}
