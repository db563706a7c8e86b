/*
 * Attacks 10, 11 and 25 to 30, against every adapter. No test waits: the clock of the server is advanced.
 *
 * Attacks 28 to 30 run against the memory store, within one process; stores that outlive a process have none yet.
 */
import { describeGroup } from './describe-attacks.ts'

describeGroup('time')
