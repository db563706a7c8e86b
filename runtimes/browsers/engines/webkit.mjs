import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { startLoopbackProxy } from '../servers/loopback-proxy.mjs'
import { taskTimeout } from './browser.mjs'
import { createWebDriverSession } from './webdriver.mjs'

const command = '/usr/bin/WebKitWebDriver'

/** The small browser that comes with WebKitGTK. Its folder names the architecture and the version of the interface. */
function findMiniBrowser() {
  for (const architecture of readdirSync('/usr/lib')) {
    for (const version of ['webkit2gtk-4.1', 'webkit2gtk-4.0', 'webkitgtk-6.0']) {
      const path = `/usr/lib/${architecture}/${version}/MiniBrowser`
      if (existsSync(path)) return path
    }
  }
  throw new Error('there is no MiniBrowser of WebKitGTK')
}

/**
 * A display that nobody sees. Its number is one that nothing else on this machine has, as a free port is: of two Xvfb
 * that take the first free one, the one that ends removes the socket of the other. It must not reset itself when its
 * first client leaves, which cuts off the next.
 */
async function startDisplay() {
  const name = `:${await freePort()}`
  const args = [name, '-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp', '-noreset']
  const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('Xvfb does not start')))
  await Promise.race([once(child.stdio[3], 'data'), failed])
  failed.catch(() => {})
  return { name, child }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill()
  await exited
}

/** What WebKitGTK keeps goes below the profile, and nothing of the user's is read. */
function environmentOf(profile, display) {
  const folders = ['HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR']
  const own = Object.fromEntries(folders.map((name) => [name, profile]))
  return { ...process.env, ...own, DISPLAY: display.name, GDK_BACKEND: 'x11' }
}

/** WebKitGTK, driven by its own WebDriver. Its windows are private ones. @type {import('./browser.mjs').Browser} */
export const webkit = {
  name: 'webkit',
  title: 'WebKitGTK',
  command,
  async launch({ profile }) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await start(profile)
      } catch (error) {
        // On a busy machine one start in a hundred says nothing: MiniBrowser has ended, and its driver waits for it.
        if (attempt === startAttempts) throw error
      }
    }
  },
}

const startAttempts = 3

async function start(profile) {
  const display = await startDisplay()
  const port = await freePort()
  const env = environmentOf(profile, display)
  const driver = spawn(command, [`--port=${port}`, '--host=127.0.0.1'], { env, stdio: 'ignore' })
  const proxy = await startLoopbackProxy()
  const end = async () => {
    await stop(driver)
    await stop(display.child)
    await proxy.close()
  }
  try {
    const session = await createWebDriverSession(`http://127.0.0.1:${port}`, capabilitiesOf(proxy))
    await session.setScriptTimeout(taskTimeout)
    const close = () => session.close().finally(end)
    return { version: async () => session.version, open: session.open, evaluate: session.evaluate, close }
  } catch (error) {
    await end()
    throw error
  }
}

/** No option of WebKitGTK maps a name to an address: a proxy does. */
function capabilitiesOf({ port }) {
  return {
    'webkitgtk:browserOptions': { binary: findMiniBrowser(), args: ['--automation'] },
    proxy: { proxyType: 'manual', httpProxy: `127.0.0.1:${port}`, noProxy: ['127.0.0.1'] },
  }
}
