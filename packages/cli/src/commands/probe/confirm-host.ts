import { usageFailure } from '../../failure.ts'
import type { World } from '../../world.ts'

/** Who may be asked beside this machine, and whether that was confirmed. */
export interface HostOptions {
  readonly allowHost?: readonly string[]
  readonly iMayTest?: readonly string[]
}

/**
 * The hosts that were allowed, each confirmed: by an option, or by typing its name on the terminal.
 *
 * @param stdinIsTaken something else is read from standard input.
 * @throws CommandFailure for a host that was not confirmed.
 */
export async function confirmedHosts(
  { allowHost = [], iMayTest = [] }: HostOptions,
  stdinIsTaken: boolean,
  world: World,
): Promise<readonly string[]> {
  for (const host of allowHost) {
    if (iMayTest.includes(host)) continue
    if (stdinIsTaken || !world.stdin.isTerminal) {
      throw usageFailure(`${host} is somebody's server: --i-may-test ${host} says that its owner lets you test it`)
    }
    world.stderr.write(`The probe will send hundreds of requests to ${host}, and some of them will have effects.\n`)
    world.stderr.write('Type the name of the host if its owner lets you test it: ')
    if ((await readLine(world)).trim() !== host) throw usageFailure('this was not confirmed: nothing was sent')
  }
  return allowHost
}

async function readLine({ stdin }: World): Promise<string> {
  let text = ''
  for await (const chunk of stdin.read()) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.includes('\n') || text.length > 1000) break
  }
  return text.split('\n')[0] ?? ''
}
