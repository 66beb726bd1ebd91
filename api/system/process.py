"""What this process says of itself: over all tenants, and naming none."""

import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from prometheus_client.metrics import MetricWrapperBase

from api import telemetry
from api.operation_window import OperationWindow
from api.system.checks import P95, error_percent, milliseconds
from api.system.contracts import PoolReport, ProcessReport
from models.base import new_id

WINDOW_SECONDS: Final = 300
STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Process:
    """`stopped` names the background tasks that ended although nobody asked them to; `operations` is None in a process
    that answers no requests."""

    role: str
    started_at: datetime
    doing: Callable[[], Collection[str]]
    stopped: Collection[str]
    operations: OperationWindow | None
    id: UUID = field(default_factory=new_id)
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)

    def report(self, pool: PoolReport, now: datetime) -> ProcessReport:
        return ProcessReport(
            self.id, self.role, self.host, self.pid, self.started_at, now, {**self._figures(), **_pool(pool)}
        )

    def _figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = {
            "doing": sorted(self.doing()),
            "stopped": sorted(self.stopped),
            "memory_bytes": memory_bytes(),
        }
        if self.operations is not None:
            tally = self.operations.over(WINDOW_SECONDS)
            figures |= {
                "operations": tally.operations,
                "p95_milliseconds": milliseconds(tally.percentile(P95)),
                "error_percent": error_percent(tally),
                "sockets": value_of(telemetry.SOCKETS),
                "subscriptions": value_of(telemetry.SUBSCRIPTIONS),
            }
        return figures


def value_of(gauge: MetricWrapperBase) -> int:
    return int(sum(sample.value for metric in gauge.collect() for sample in metric.samples))


def lookups() -> dict[tuple[str, str], float]:
    """How many look-ups of the cache there were since the start, by layer and outcome."""
    return {
        (sample.labels["layer"], sample.labels["outcome"]): sample.value
        for metric in telemetry.CACHE_LOOKUPS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def memory_bytes() -> int | None:
    """Resident memory; None where the system does not say."""
    try:
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def _pool(pool: PoolReport) -> dict[str, int]:
    return {
        "pool_size": pool.size,
        "pool_in_use": pool.in_use,
        "pool_overflow": pool.overflow,
        "pool_waiting": pool.waiting,
    }
