import { honestSteps, messageOf } from '../honest/honest-steps.mjs'

/** What the server takes for the request that was signed. */
export const requestTargetFlaws = [
  {
    name: 'host-believed',
    title: 'the authority is whatever the Host field says: a signature for another server passes',
    attacks: [8],
    caughtBy: ['signed-for-another-host'],
    plant: () => ({ takeMessage: ({ request }) => messageOf(request, { origin: `http://${request.headers.host}` }) }),
  },
  {
    name: 'forwarded-host-believed',
    title: 'X-Forwarded-Host is believed, whoever sent it',
    attacks: [55],
    caughtBy: ['signed-for-another-host'],
    plant: () => ({
      takeMessage({ request, service }) {
        const forwarded = request.headers['x-forwarded-host']
        return messageOf(request, { origin: forwarded ? `http://${forwarded}` : service.origin })
      },
    }),
  },
  {
    name: 'path-decoded-first',
    title: 'the path is decoded before it is verified',
    attacks: [61],
    caughtBy: ['path-encodings'],
    plant: () => rewriting((target) => splitAt(target, decoded)),
  },
  {
    name: 'slashes-merged-first',
    title: 'empty segments are removed before the path is verified',
    attacks: [61],
    caughtBy: ['path-encodings'],
    plant: () => rewriting((target) => splitAt(target, (path) => path.replace(/\/{2,}/g, '/'))),
  },
  {
    name: 'any-case-verified',
    title: 'the path is put into lower case before it is verified',
    attacks: [36],
    caughtBy: ['path-altered'],
    plant: () => rewriting((target) => splitAt(target, (path) => path.toLowerCase())),
  },
  {
    name: 'query-sorted-first',
    title: 'the query is sorted before it is verified',
    attacks: [38],
    caughtBy: ['query-reordered'],
    plant: () => rewriting((target) => withQuery(target, (query) => query.split('&').sort().join('&'))),
  },
  {
    name: 'query-duplicates-dropped',
    title: 'of a query parameter that occurs twice, the last one is verified',
    attacks: [39],
    caughtBy: ['query-duplicated'],
    plant: () =>
      rewriting((target) =>
        withQuery(target, (query) => new URLSearchParams(Object.fromEntries(new URLSearchParams(query))).toString()),
      ),
  },
  {
    name: 'target-believed',
    title: 'a target in absolute form names the authority: a signature for another server passes',
    attacks: [8, 60],
    caughtBy: ['signed-for-another-host'],
    plant: () => ({
      takeMessage({ request, service }) {
        const { origin } = new URL(request.url, service.origin)
        return messageOf(request, { origin })
      },
    }),
  },
  {
    name: 'target-taken-for-a-reference',
    title: 'the target is resolved like a link: //other.example/transfers is taken for /transfers',
    attacks: [60],
    caughtBy: ['target-rewritten'],
    plant: () =>
      rewriting((target) => {
        const { pathname, search } = new URL(target, 'http://bank.example')
        return pathname + search
      }),
  },
  {
    name: 'double-fields',
    title: 'two Host fields, and which of them counts depends on who reads them',
    attacks: [65],
    caughtBy: ['field-doubled'],
    plant: () => ({ takeMessage: ({ request, service }) => messageOf(request, { origin: service.origin }) }),
  },
  {
    name: 'lenient-parser',
    title: 'the HTTP parser lets malformed lines and two framings of a body pass',
    attacks: [53, 66],
    caughtBy: ['malformed-lines', 'ambiguous-length'],
    plant: () => ({ parserOptions: { insecureHTTPParser: true } }),
  },
  {
    name: 'method-override',
    title: 'X-HTTP-Method-Override chooses what is done, whatever was signed',
    attacks: [54],
    caughtBy: ['method-override'],
    plant: () => ({
      handle({ message, ...admitted }) {
        const method = admitted.request.headers['x-http-method-override']?.toUpperCase() ?? message.method
        return honestSteps.handle({ ...admitted, message: { ...message, method } })
      },
    }),
  },
  {
    name: 'original-url-believed',
    title: 'X-Original-URL and X-Rewrite-URL choose what is done, whatever was signed',
    attacks: [56],
    caughtBy: ['original-url'],
    plant: () => ({
      handle({ message, ...admitted }) {
        const { headers } = admitted.request
        const path = headers['x-original-url'] ?? headers['x-rewrite-url'] ?? message.path
        return honestSteps.handle({ ...admitted, message: { ...message, path } })
      },
    }),
  },
]

/** Verifies another target than the one that came. */
function rewriting(rewrite) {
  return {
    takeMessage({ request: { method, url, rawHeaders }, service }) {
      return honestSteps.takeMessage({ request: { method, url: rewrite(url), rawHeaders }, service })
    },
  }
}

function decoded(path) {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function splitAt(target, rewrite) {
  const [path, ...query] = target.split('?')
  return [rewrite(path), ...query].join('?')
}

function withQuery(target, rewrite) {
  const [path, query] = target.split('?')
  return query === undefined ? path : `${path}?${rewrite(query)}`
}
