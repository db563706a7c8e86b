/**
 * Reads nothing but what was signed.
 *
 * @param {import('./honest-steps.mjs').Received & { body: Uint8Array, keyId?: string }} admitted
 */
export function handle({ message, body, keyId, service: { account } }) {
  const { method, path, query } = message
  switch (routeOf(method, path)) {
    case 'GET /count':
      return json(200, { count: account.effects })
    case 'GET /transfers':
      return json(200, { transfers: account.effects })
    case 'GET /balance':
      return json(200, { balance: account.balance })
    case 'DELETE /transfers':
      account.effects++
      return json(200, { forgotten: true })
    case 'POST /transfers':
    case 'PUT /transfers':
      return transfer(account, body, { from: keyId, memo: new URLSearchParams(query).get('memo') })
    default:
      return json(404, { error: 'no such resource' })
  }
}

/** As most routers do: in any case, with or without a slash at the end, and HEAD as GET. */
function routeOf(method, path) {
  const resource = path.length > 1 ? path.replace(/\/$/, '').toLowerCase() : path
  return `${method === 'HEAD' ? 'GET' : method} ${resource}`
}

function transfer(account, body, facts) {
  const order = readOrder(body)
  if (order === undefined) return json(400, { error: 'send { "to": name, "amount": whole number }' })
  account.balance -= order.amount
  account.effects++
  return json(201, { ...order, ...facts })
}

function readOrder(body) {
  try {
    const { to, amount } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return typeof to === 'string' && Number.isSafeInteger(amount) && amount > 0 ? { to, amount } : undefined
  } catch {
    return undefined
  }
}

export function json(status, content) {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) }
}
