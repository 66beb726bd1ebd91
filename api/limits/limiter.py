"""What each user, each key and each tenant may spend: points, in buckets that all processes share.

A process takes more than it needs at once, and spends from this share of its own until it is used up: most operations
cost no round trip. A share was taken from the buckets, so all processes together never spend more than they hold. It is
dropped when the buckets would be full again anyway.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from redis.asyncio import Redis

from api.errors import ThrottledError
from api.limits.bucket import MAXIMUM_BUCKETS, Limit, LocalBuckets, Taken, wait_seconds
from api.limits.logins import LoginThrottle
from api.limits.own import OwnLimits
from api.limits.shared import SharedBuckets
from api.streams import keys
from api.streams.connection import connect_cache

OF_A_CALLER: Final = Limit(capacity=100_000, rate=5_000)
"""An object takes about 50 µs: whoever spends at this rate keeps a quarter of a processor busy."""
OF_A_TENANT: Final = Limit(capacity=500_000, rate=20_000)
CHUNK: Final = 500
"""What a process takes beyond its need."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is left to a caller, as far as this process knows."""

    maximum: int
    available: int
    restore_rate: int

    @property
    def seconds_to_full(self) -> float:
        return (self.maximum - self.available) / self.restore_rate


@dataclass(slots=True)
class _Share:
    """`level` is what was left in the caller's bucket when the share was last filled."""

    points: float = 0.0
    level: float = 0.0
    filled_at: float = 0.0


class Limiter:
    """`shared` may be left out; then every process is for itself."""

    def __init__(
        self,
        shared: SharedBuckets | None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        caller: Limit = OF_A_CALLER,
        tenant: Limit = OF_A_TENANT,
        enabled: bool = True,
        own: OwnLimits | None = None,
    ) -> None:
        self.own = own
        self._shared = shared
        self._monotonic = monotonic
        self._caller = caller
        self._tenant = tenant
        self._enabled = enabled
        self._local = LocalBuckets(monotonic)
        self._shares: OrderedDict[tuple[UUID, UUID], _Share] = OrderedDict()

    async def charge(self, tenant_id: UUID, caller_id: UUID, points: float) -> None:
        """Raises ThrottledError when a bucket does not hold so much."""
        if not self._enabled:
            return
        share = self._share(tenant_id, caller_id)
        if share.points < points:
            need = min(points - share.points, max(points, self._caller.capacity))  # a debt may be larger than that
            of_tenant = self._tenant if self.own is None else (await self.own.of(tenant_id)).limit(self._tenant)
            await self._fill(share, tenant_id, caller_id, need, of_tenant)
        share.points -= points

    def is_at_hand(self, tenant_id: UUID, caller_id: UUID, points: float) -> bool:
        """Whether so much can be spent without asking the buckets."""
        return not self._enabled or self._share(tenant_id, caller_id).points >= points

    def settle(self, tenant_id: UUID, caller_id: UUID, points: float) -> None:
        """What was charged too much comes back; what was too little (negative) is a debt of the next charge."""
        if self._enabled:
            self._share(tenant_id, caller_id).points += points

    def status(self, tenant_id: UUID, caller_id: UUID) -> Status:
        share, limit = self._share(tenant_id, caller_id), self._caller
        known = share.level + share.points + (self._monotonic() - share.filled_at) * limit.rate
        available = int(max(0.0, min(limit.capacity, known))) if self._enabled else int(limit.capacity)
        return Status(int(limit.capacity), available, int(limit.rate))

    def _share(self, tenant_id: UUID, caller_id: UUID) -> _Share:
        name, now = (tenant_id, caller_id), self._monotonic()
        share = self._shares.get(name)
        if share is not None and now - share.filled_at < self._caller.seconds_to_fill:
            self._shares.move_to_end(name)
            return share
        owed = min(0.0, share.points) if share is not None else 0.0
        share = self._shares[name] = _Share(owed, self._caller.capacity, now)
        self._shares.move_to_end(name)
        if len(self._shares) > MAXIMUM_BUCKETS:
            self._shares.popitem(last=False)
        return share

    async def _fill(self, share: _Share, tenant_id: UUID, caller_id: UUID, need: float, of_tenant: Limit) -> None:
        limits = {
            keys.bucket(tenant_id, caller_id.hex): self._caller,
            keys.bucket(tenant_id, "tenant"): of_tenant,
        }
        taken: Taken | None = None
        if self._shared is not None:
            taken = await self._shared.take(limits, need, need + CHUNK)
        if taken is None:
            taken = self._local.take(limits, need)
        share.level, share.filled_at = taken.levels[0], self._monotonic()
        if not taken.granted:
            raise ThrottledError(wait_seconds(need, limits, taken.levels))
        share.points += taken.granted


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process limits, with its own client of Redis."""

    limiter: Limiter
    logins: LoginThrottle
    redis: "Redis"

    @classmethod
    def of(
        cls,
        redis_url: str,
        *,
        enabled: bool,
        own: OwnLimits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Self:
        redis = connect_cache(redis_url)
        shared = SharedBuckets(redis, monotonic)
        logins = LoginThrottle(shared, LocalBuckets(monotonic), enabled=enabled)
        return cls(Limiter(shared, monotonic, enabled=enabled, own=own), logins, redis)

    async def close(self) -> None:
        await self.redis.aclose()
