"""What a tenant allows itself, for whoever limits it: a moment old at most."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.cache.recent import Recent
from api.limits.bucket import Limit

OWN_SECONDS: Final = 5.0
SECONDS_TO_FILL: Final = 25.0
"""Of a tenant's bucket, whatever its rate."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Own:
    """None is the installation's."""

    points_per_second: int | None = None
    sockets: int | None = None

    def limit(self, of_all: Limit) -> Limit:
        """Never wider than everybody's."""
        if self.points_per_second is None:
            return of_all
        rate = min(float(self.points_per_second), of_all.rate)
        return Limit(min(of_all.capacity, rate * SECONDS_TO_FILL), rate)


class OwnLimits:
    def __init__(self, find: Callable[[UUID], Awaitable[Own]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._recent: Recent[UUID, Own] = Recent(find, seconds=OWN_SECONDS, monotonic=monotonic)

    async def of(self, tenant_id: UUID) -> Own:
        """Who cannot be looked up has no limits of its own; everybody's hold."""
        try:
            return await self._recent.get(tenant_id) or Own()
        except Exception as error:  # noqa: BLE001  (a request must not fail for want of a tighter limit)
            log.warning("the limits of tenant %s are not known: %s", tenant_id, type(error).__name__)
            return Own()

    def forget(self, tenant_id: UUID) -> None:
        self._recent.forget(lambda known: known == tenant_id)
