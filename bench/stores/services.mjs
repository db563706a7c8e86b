/** Real servers, on free ports of this machine, started and stopped like those of the tests. */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @returns {Promise<{ port: number, stop: () => void }>} */
export async function startRedis() {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'countersign-bench-'))]
  const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning']
  const child = spawn('redis-server', ['--port', String(port), '--dir', folder, ...quiet], { stdio: 'ignore' })
  return { port, stop: () => end(child, folder) }
}

/** With its usual settings: what is committed is on the disk. */
export async function startPostgres() {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'countersign-bench-'))]
  const owner = ownerOf()
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const files = join(folder, 'cluster')
  const options = { cwd: folder, stdio: 'ignore', ...owner }
  execFileSync(program('initdb'), ['-D', files, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'], options)
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`]
  const child = spawn(program('postgres'), ['-D', files, '-p', String(port), ...settings], options)
  return { port, stop: () => end(child, folder) }
}

/** Tries until it works: a server takes a moment to come up. */
export async function eventually(attempt) {
  for (let tries = 200; ; tries--) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function program(name) {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : []
  return versions.map((version) => join(debian, version, 'bin', name)).find((path) => existsSync(path)) ?? name
}

/** PostgreSQL does not run as root: it runs as its own user then. */
function ownerOf() {
  if (process.getuid?.() !== 0) return {}
  const { uid, gid } = statSync('/var/lib/postgresql')
  return { uid, gid }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function end(child, folder) {
  child.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  child.kill('SIGKILL')
}
