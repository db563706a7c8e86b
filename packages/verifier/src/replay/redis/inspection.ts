import type { SendCommand } from './client.ts'
import { runText } from './run-script.ts'

/** Read through a script, so that a Cluster asks the node that holds the key, and CONFIG need not be allowed. */
const inspection = `
local function read(section, name)
  return string.match(redis.call('INFO', section), name .. ':(%S+)') or '?'
end
return table.concat({
  redis.sha1hex(ARGV[1]),
  read('server', 'redis_version'),
  read('replication', 'role'),
  read('replication', 'master_replid'),
  read('memory', 'maxmemory_policy'),
}, ' ')
`

/** SMISMEMBER came with it. Valkey says 7.2 here. */
const leastVersion = { major: 6, minor: 2 } as const

/**
 * Refuses a server that would lose what was accepted.
 *
 * @returns the SHA-1 of a script, as the server computes it.
 * @throws TypeError that says what to set, or whatever the client throws.
 */
export async function inspectServer(send: SendCommand, key: string, script: string): Promise<string> {
  const reply = await runText(send, inspection, { key, args: [script] })
  const [sha1 = '', version = '', role, history = '', policy] = reply.split(' ')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!(major > leastVersion.major || (major === leastVersion.major && minor >= leastVersion.minor))) {
    throw new TypeError(`this is Redis ${version}, and the store needs Redis 6.2 or later, or Valkey: update it`)
  }
  if (role !== 'master') {
    throw new TypeError('the client is connected to a replica, which loses what it accepts: connect it to the primary')
  }
  if (!/^[0-9a-f]{40}$/.test(history)) {
    throw new TypeError(
      'the server tells no master_replid, without which a failover goes unseen: use Redis or Valkey itself',
    )
  }
  if (policy !== 'noeviction') {
    throw new TypeError(
      `the server has maxmemory-policy ${policy}, and would forget what it accepted: set maxmemory-policy noeviction`,
    )
  }
  return sha1
}
