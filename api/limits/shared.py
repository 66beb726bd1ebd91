"""The buckets of all processes, in Redis: one script takes from several at once, by the server's own clock."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Final

from redis.asyncio import Redis

from api.cache.breaker import Breaker
from api.limits.bucket import Limit, Taken
from api.streams.connection import UNREACHABLE

TAKE: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local need, want = tonumber(ARGV[1]), tonumber(ARGV[2])
local levels, least = {}, nil
for index, key in ipairs(KEYS) do
  local capacity, rate = tonumber(ARGV[index * 2 + 1]), tonumber(ARGV[index * 2 + 2])
  local kept = redis.call('HMGET', key, 'level', 'at')
  local level = capacity
  if kept[1] and kept[2] then
    level = math.min(capacity, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * rate)
  end
  levels[index] = level
  if least == nil or level < least then least = level end
end
local granted = 0
if least >= need then granted = math.max(need, math.min(want, math.floor(least / 4))) end
local answer = {tostring(granted)}
for index, key in ipairs(KEYS) do
  local left = levels[index] - granted
  if granted > 0 then
    redis.call('HSET', key, 'level', tostring(left), 'at', string.format('%.6f', now))
    redis.call('PEXPIRE', key, ARGV[#KEYS * 2 + 2 + index])
  end
  answer[#answer + 1] = tostring(left)
end
return answer
"""
"""More than what is needed is given only while there is plenty: four processes may each keep as much."""


class SharedBuckets:
    def __init__(self, redis: "Redis", monotonic: Callable[[], float]) -> None:
        self._breaker = Breaker(monotonic)
        self._redis = redis
        self._take = redis.register_script(TAKE)

    async def take(self, limits: Mapping[str, Limit], need: float, want: float) -> Taken | None:
        """At least `need` and at most `want` from all of the buckets, or nothing. None when Redis does not answer."""
        if not self._breaker.allows():
            return None
        lives = [ceil(limit.seconds_to_fill * 1000) + 1000 for limit in limits.values()]
        rates = [part for limit in limits.values() for part in (limit.capacity, limit.rate)]
        try:
            found: Any = await self._take(keys=list(limits), args=[need, want, *rates, *lives])
        except UNREACHABLE:
            self._breaker.failed()
            return None
        self._breaker.succeeded()
        granted, *levels = map(float, found)
        return Taken(granted, tuple(levels))

    async def forget(self, name: str) -> None:
        """As far as Redis answers: the bucket fills again by itself."""
        if not self._breaker.allows():
            return
        try:
            await self._redis.delete(name)
        except UNREACHABLE:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
