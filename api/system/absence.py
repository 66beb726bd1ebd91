"""Which figures of an answer are missing, and why: never a zero in their place."""

from collections.abc import Iterator

from api.system.contracts import Absent, Reason
from api.system.service import LAYERS, Health


def absent(health: Health) -> list[Absent]:
    return [*_unreachable(health), *_nothing_yet(health), *_not_shown(health)]


def _unreachable(health: Health) -> Iterator[Absent]:
    for figure, answer, subject in (
        ("postgres", health.postgres, "Postgres"),
        ("redis", health.redis, "Redis"),
        ("processes", health.processes, "The heartbeats in Postgres"),
        ("streams.waiting", health.tenant, "Your tenant's figures in Postgres"),
    ):
        if answer.value is None:
            yield Absent(figure, Reason.UNREACHABLE, f"{subject}: {answer.fault}.")
    if health.redis.value is None:
        yield Absent("streams.lagSeconds", Reason.UNREACHABLE, f"The streams are in Redis: {health.redis.fault}.")


def _nothing_yet(health: Health) -> Iterator[Absent]:
    if not health.operations.operations:
        yield Absent("api", Reason.NOTHING_YET, "No operation of your tenant in the last 5 minutes.")
    for layer in LAYERS:
        if layer not in health.hit_rates:
            yield Absent(f"cache.{layer}", Reason.NOTHING_YET, f"Cache hit rate {layer.upper()}: no look-up yet.")
    if health.tenant.value is not None and health.tenant.value.newest_event_received_at is None:
        yield Absent("freshness.newestEventReceivedAt", Reason.NOTHING_YET, "No event was ever received.")
    if health.tenant.value is not None and not health.tenant.value.models:
        yield Absent("freshness.models", Reason.NOTHING_YET, "Model freshness: no model is in use yet.")


def _not_shown(health: Health) -> Iterator[Absent]:
    if not health.shows_installation:
        yield Absent(
            "installation",
            Reason.NOT_PERMITTED,
            "Sizes, connections, stream lengths and slow statements add up all tenants: they need settings:manage, and "
            "an installation whose operator shows them.",
        )
    elif health.postgres.value is not None and health.postgres.value.slow_absent is not None:
        yield health.postgres.value.slow_absent
