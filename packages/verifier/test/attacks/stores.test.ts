/*
 * Attacks 93 to 96 and 99, with the memory store and with stores made for the purpose.
 *
 * Not here, since nothing of today can answer it:
 *   92  kill -9 and restart for each store, and 97, FLUSHALL and TRUNCATE: only the memory store exists yet
 *   98  the settings of Redis and PostgreSQL: as 92
 *   100 50 processes that race one nonce: it takes a store that processes share
 */
import { describeGroup } from './describe-attacks.ts'

describeGroup('stores and operation')
