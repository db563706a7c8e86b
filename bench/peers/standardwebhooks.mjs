/** standardwebhooks: HMAC over id, time and body. It says nothing of method, target or fields. */
import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { must, mustRefuse } from '../message.mjs'

const name = 'standardwebhooks'

export function signer({ body, keys }) {
  const webhook = new Webhook(Buffer.from(keys.secret).toString('base64'))
  const payload = new TextDecoder().decode(body)
  const prepare = (count) => Array.from({ length: count }, () => ({ id: randomUUID(), date: new Date(), payload }))
  const run = ({ id, date, payload }) => webhook.sign(id, date, payload)
  const check = async () => must(run(prepare(1)[0]).startsWith('v1,'), `${name} does not sign`)
  return { name, prepare, run, check }
}

export function verifier(work) {
  const webhook = new Webhook(Buffer.from(work.keys.secret).toString('base64'))
  const { prepare: inputs, run: sign } = signer(work)
  const prepare = (count) =>
    inputs(count).map((input) => ({ payload: input.payload, headers: headersOf(input, sign(input)) }))
  // The payload is not parsed as JSON: nobody else does it here.
  const run = ({ payload, headers }) => webhook.verify(payload, headers, { jsonParse: false })
  const check = async () => {
    const [{ payload, headers }] = prepare(1)
    // It throws unless the signature is good.
    run({ payload, headers })
    await mustRefuse(name, () => {
      run({ payload: payload.replace('{', '['), headers })
      return true
    })
  }
  return { name, prepare, run, check }
}

function headersOf({ id, date }, signature) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(date.getTime() / 1000)),
    'webhook-signature': signature,
  }
}
