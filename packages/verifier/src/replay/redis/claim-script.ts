/**
 * The step of one partition, atomic since Redis runs one script at a time.
 *
 * KEYS[1] is the state, a hash: `version`, `partitions`, `floor`, `life` (the longest that was asked for), `history`
 * (the replication id under which all this was written), `latest` (the clock at the last acceptance), `startedAt` and
 * `reason` where something may be missing from before, and one field `b<bucket>` with the number of entries of each
 * live bucket. Beside it, for each bucket, are a SET `nonces:<bucket>` of keys and a hash `principals:<bucket>` of
 * counts. A bucket is named by the latest `created` that falls into it. Nothing has a time to live.
 *
 * ARGV: the time in Unix seconds, or '' for the server's own; '1' where nothing was accepted before; the number of
 * partitions; room in total and per principal; the latest clock of the verifiers that ask; then one line for each
 * claim: key, created, life, future skew, principal.
 *
 * The answer is one line: the time, the floor if it was raised, the start, its reason, the time when there is room
 * again, and one letter for each claim: accepted, replayed, stale, not yet (the start), full.
 *
 * What an error leaves half-written is safe, since no answer is given then, and nobody is let in. The floor is written
 * before anything is dropped. Entries are written before they are counted, and a count that does not agree begins the
 * history anew. With a full memory Redis refuses the first command of a script that takes memory, and none after it.
 */
export const claimScript = `
local state_key = KEYS[1]
local partition = string.sub(state_key, 1, -6)
local function nonces(bucket) return partition .. 'nonces:' .. string.format('%d', bucket) end
local function principals(bucket) return partition .. 'principals:' .. string.format('%d', bucket) end

local now = tonumber(ARGV[1]) or tonumber(redis.call('TIME')[1])
local room, room_per_principal = tonumber(ARGV[4]), tonumber(ARGV[5])
local latest_asking = tonumber(ARGV[6])

-- A replica can be told to take writes, and loses them. The replication id is another after each start and promotion.
local replication = redis.call('INFO', 'replication')
local history = string.match(replication, 'master_replid:(%x+)')
if not history or not string.find(replication, 'role:master', 1, true) then
  return redis.error_reply('COUNTERSIGN this is a replica, which loses what it accepts: connect to the primary')
end

local state, counts = {}, {}
local fields = redis.call('HGETALL', state_key)
for i = 1, #fields, 2 do
  local bucket = string.match(fields[i], '^b(%d+)$')
  if bucket then counts[tonumber(bucket)] = tonumber(fields[i + 1]) else state[fields[i]] = fields[i + 1] end
end
local is_new = not (state.floor and state.life and state.history)
if not is_new and state.version ~= '1' then
  return redis.error_reply('COUNTERSIGN the history was written by version ' .. tostring(state.version) ..
    ' of the store, and this package knows 1: update it')
end
if not is_new and state.partitions ~= ARGV[3] then
  return redis.error_reply('COUNTERSIGN the history has ' .. tostring(state.partitions) .. ' partitions, not ' ..
    ARGV[3] .. ': set partitions to that')
end

local claims, keys, life = {}, {}, tonumber(state.life) or 0
local names, index_of = {}, {}
for i = 7, #ARGV do
  local key, created, own_life, skew, principal = string.match(ARGV[i], '^(%S+) (%d+) (%d+) (%d+) (.*)$')
  if not key then return redis.error_reply('COUNTERSIGN a claim that is none') end
  local name = string.sub(redis.sha1hex(principal), 1, 24)
  if not index_of[name] then
    names[#names + 1] = name
    index_of[name] = #names
  end
  local claim = { key = key, created = tonumber(created), life = tonumber(own_life), skew = tonumber(skew) }
  claim.principal = index_of[name]
  claims[#claims + 1] = claim
  keys[#keys + 1] = key
  life = math.max(life, claim.life)
end

-- What may have been lost: all of it, the last of it, or a bucket.
local changes = {}
local function change(field, value)
  changes[#changes + 1] = field
  changes[#changes + 1] = type(value) == 'number' and string.format('%d', value) or value
end
local lost
if is_new then lost = 'no-history' elseif state.history ~= history then lost = 'failover' end
local total = 0
for bucket, count in pairs(counts) do
  local entries = redis.call('SCARD', nonces(bucket))
  if entries ~= count then
    lost = lost or 'no-history'
    counts[bucket] = entries
    change('b' .. string.format('%d', bucket), entries)
  end
  total = total + entries
end

-- Three clocks can tell what was acceptable before: this one, that of the last acceptance, which a promoted server may
-- be behind, and that of the verifier, which may have seen what is lost. The last is not trusted without a bound.
local started_at, reason = tonumber(state.startedAt), state.reason
if lost then
  if string.match(redis.call('INFO', 'memory'), 'maxmemory_policy:(%S+)') ~= 'noeviction' then
    return redis.error_reply('COUNTERSIGN the server forgets what was accepted: set maxmemory-policy noeviction')
  end
  if is_new then
    change('version', '1')
    change('partitions', ARGV[3])
    -- What is left of a state that was lost would stay for ever.
    local last = (math.floor(now / 16) + 1) * 16 - 1
    for bucket = last - 3600, last + 3600, 16 do redis.call('UNLINK', nonces(bucket), principals(bucket)) end
  end
  if not (is_new and ARGV[2] == '1') then
    local witness = math.min(latest_asking, now + life)
    started_at = math.max(started_at or 0, now, tonumber(state.latest) or 0, witness)
    reason = lost
    change('startedAt', started_at)
    change('reason', reason)
  end
  change('history', history)
end

-- The floor is raised past the buckets in which nothing is acceptable any longer; then they are dropped.
local floor = tonumber(state.floor) or -1
local before = floor
local dropped = {}
for bucket in pairs(counts) do
  if bucket + life < now then
    dropped[#dropped + 1] = bucket
    floor = math.max(floor, bucket)
  end
end
if is_new or floor > before then change('floor', floor) end
if is_new or life > tonumber(state.life) then change('life', life) end
-- Removes nothing. But after a first command that takes no memory, a full Redis lets the rest pass, which frees some.
if #dropped > 0 then redis.call('HDEL', state_key, 'no such field') end
if #changes > 0 then redis.call('HSET', state_key, unpack(changes)) end
for _, bucket in ipairs(dropped) do
  redis.call('UNLINK', nonces(bucket), principals(bucket))
  redis.call('HDEL', state_key, 'b' .. string.format('%d', bucket))
  total = total - counts[bucket]
  counts[bucket] = nil
end

local known, taken, per_bucket, oldest = {}, {}, {}, nil
for i = 1, #names do taken[i] = 0 end
for bucket in pairs(counts) do
  oldest = math.min(oldest or bucket, bucket)
  if #claims > 0 then
    local found = redis.call('SMISMEMBER', nonces(bucket), unpack(keys))
    for i = 1, #keys do if found[i] == 1 then known[keys[i]] = true end end
    local values = redis.call('HMGET', principals(bucket), unpack(names))
    for i = 1, #names do
      values[i] = tonumber(values[i] or 0)
      taken[i] = taken[i] + values[i]
    end
    per_bucket[bucket] = values
  end
end

local width = 16
while width < life / 8 do width = width * 2 end
local answers, entries = {}, {}
for i, claim in ipairs(claims) do
  local created, who = claim.created, claim.principal
  if now > created + claim.life or created > now + claim.skew or created <= floor then
    answers[i] = 's'
  elseif known[claim.key] then
    answers[i] = 'r'
  elseif started_at and created <= started_at + claim.skew then
    answers[i] = 'n'
  elseif total >= room or taken[who] >= room_per_principal then
    answers[i] = 'f'
  else
    local bucket = (math.floor(created / width) + 1) * width - 1
    local entry = entries[bucket] or { keys = {}, principals = {} }
    entries[bucket] = entry
    entry.keys[#entry.keys + 1] = claim.key
    entry.principals[who] = (entry.principals[who] or 0) + 1
    known[claim.key] = true
    total = total + 1
    taken[who] = taken[who] + 1
    answers[i] = 'a'
  end
end

local counted = {}
for bucket, entry in pairs(entries) do
  local is_live = counts[bucket] ~= nil
  if not is_live and redis.call('EXISTS', nonces(bucket), principals(bucket)) > 0 then
    redis.call('UNLINK', nonces(bucket), principals(bucket))
  end
  redis.call('SADD', nonces(bucket), unpack(entry.keys))
  local values = {}
  for who, count in pairs(entry.principals) do
    values[#values + 1] = names[who]
    values[#values + 1] = count + (is_live and per_bucket[bucket][who] or 0)
  end
  redis.call('HSET', principals(bucket), unpack(values))
  counted[#counted + 1] = 'b' .. string.format('%d', bucket)
  counted[#counted + 1] = (counts[bucket] or 0) + #entry.keys
end
if #counted > 0 then
  redis.call('HSET', state_key, 'latest', math.max(now, tonumber(state.latest) or 0), unpack(counted))
end

local function written(value) return value and string.format('%d', value) or '-' end
return table.concat({ written(now), written(floor > before and floor), written(started_at), reason or '-',
  written(oldest and oldest + life + 1), table.concat(answers), '.' }, ' ')
`
