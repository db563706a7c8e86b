import { type RequestMessage, SignatureError } from '@countersign/core'
import type { RoutePolicy } from './options.ts'
import { ambiguityOf, forgivingForm } from './request-path.ts'

/** Which requests a route stands for. */
export interface Route {
  /** The path that it names, as it is written. */
  readonly path: string
  /** The same as the most forgiving router reads it. */
  readonly forgivingPath: string
  /** Whether all below that path belongs to it too. */
  readonly isTree: boolean
  /** Undefined for every method. */
  readonly methods: readonly string[] | undefined
}

/** Segments of unreserved characters, sub-delimiters and percent-encodings; no colon in front, which is a parameter elsewhere. */
const pathPattern = /^(?:\/[\w.~!$&'+,=@%-][\w.~!$&'+,=:@%-]*)*(?:\/\*?)?$/

/**
 * Reads method and path of a route.
 *
 * @param place how errors name it: `routes[0]`.
 * @throws TypeError for a path that no request could have, or that says something else than it seems to.
 */
export function readRoute(place: string, { method, path }: RoutePolicy): Route {
  if (typeof path !== 'string' || path === '' || !pathPattern.test(path)) {
    throw new TypeError(
      `${place}.path must be a whole path such as '/transfers' or '/hooks/*': no parameters, no query, * only at the end`,
    )
  }
  const ambiguity = ambiguityOf(path)
  if (ambiguity !== undefined) throw new TypeError(`${place}.path has ${ambiguity}: no request could have it`)
  const isTree = path.endsWith('/*')
  const top = isTree ? path.slice(0, -2) || '/' : path
  const methods = method === undefined ? undefined : readMethods(place, method)
  return { path: top, forgivingPath: forgivingForm(top), isTree, methods }
}

/** Routers give a HEAD request to the handler of GET: it must not be less protected there. */
function readMethods(place: string, method: string | readonly string[]): readonly string[] {
  const methods: readonly string[] = typeof method === 'string' ? [method] : method
  const isList = Array.isArray(methods) && methods.length > 0
  if (!isList || !methods.every((name) => typeof name === 'string' && /^[A-Z][A-Z-]*$/.test(name))) {
    throw new TypeError(`${place}.method must be a method in upper case, as on the wire, or a list of some`)
  }
  return Object.freeze(methods.includes('GET') ? [...methods, 'HEAD'] : [...methods])
}

/**
 * Finds the first route that a request belongs to, or -1 for none.
 *
 * It reads the request twice: as it is written, and as the most forgiving router would read it. Where the two lead to
 * different routes, the router behind may take either, and the request is refused: so it never gets the policy of a
 * route whose handler it does not reach.
 *
 * @throws SignatureError `malformed_message`
 */
export function findRoute(routes: readonly Route[], { method, path }: RequestMessage): number {
  const forgivingPath = forgivingForm(path)
  const forgivingMethod = method.toUpperCase()
  const exact = routes.findIndex((route) => takesMethod(route, method) && reaches(route.path, path, route))
  const forgiving = routes.findIndex((route) => {
    return takesMethod(route, forgivingMethod) && reaches(route.forgivingPath, forgivingPath, route)
  })
  if (exact === forgiving) return exact
  throw new SignatureError(
    'malformed_message',
    'the method or path differs from that of a route in case, encoding or a slash at the end',
  )
}

/**
 * Refuses a route that no request can reach, since an earlier one takes all of its requests: it was meant to say
 * something else of them.
 *
 * @throws TypeError
 */
export function refuseUnreachable(routes: readonly Route[]): void {
  for (const [index, route] of routes.entries()) {
    const earlier = routes.findIndex((other) => includes(other, route))
    if (earlier === index) continue
    throw new TypeError(`routes[${index}] is never reached: put it before routes[${earlier}], which takes its requests`)
  }
}

/** Whether one route takes every request of another. Each route includes itself. */
function includes(wide: Route, narrow: Route): boolean {
  const takesMethods = narrow.methods?.every((method) => takesMethod(wide, method)) ?? wide.methods === undefined
  const takesPaths = (wide.isTree || !narrow.isTree) && reaches(wide.forgivingPath, narrow.forgivingPath, wide)
  return takesMethods && takesPaths
}

function takesMethod({ methods }: Route, method: string): boolean {
  return methods === undefined || methods.includes(method)
}

function reaches(top: string, path: string, { isTree }: Pick<Route, 'isTree'>): boolean {
  return path === top || (isTree && path.startsWith(top === '/' ? top : `${top}/`))
}
