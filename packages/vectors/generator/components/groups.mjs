import { groups as kindsOfMessage } from './derived/kinds-of-message.mjs'
import { groups as pathAndQuery } from './derived/path-and-query.mjs'
import { groups as queryParam } from './derived/query-param.mjs'
import { groups as requestLine } from './derived/request-line.mjs'
import { groups as targetUri } from './derived/target-uri.mjs'
import { groups as oneLine } from './fields/one-line.mjs'
import { groups as refusals } from './fields/refusals.mjs'
import { groups as severalLines } from './fields/several-lines.mjs'
import { groups as bs } from './structured/bs.mjs'
import { groups as key } from './structured/key.mjs'
import { groups as req } from './structured/req.mjs'
import { groups as sf } from './structured/sf.mjs'
import { groups as trailers } from './structured/trailers.mjs'

export { notes } from './flags.mjs'

const derived = [...requestLine, ...targetUri, ...pathAndQuery, ...queryParam, ...kindsOfMessage]
const fields = [...oneLine, ...severalLines, ...refusals]
const structured = [...sf, ...key, ...bs, ...trailers, ...req]

/** RFC 9421 section 2: what the value of a component is. */
export const groups = [...derived, ...fields, ...structured]
