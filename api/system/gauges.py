"""The monitor's last look as gauges. What did not answer has no value; labels are of a known, small number."""

from collections.abc import Iterator, Sequence

from api.streams.inspection import RedisReport, ShardReport
from api.system.contracts import PostgresReport
from api.system.monitor import Monitor

Gauge = tuple[str, str, Sequence[str], Sequence[tuple[Sequence[str], float]]]
"""Name, help text, names of the labels, and the values with their labels."""


def gauges(monitor: Monitor) -> Iterator[Gauge]:
    postgres, redis = monitor.postgres.last, monitor.redis.last
    up = [(["postgres"], float(postgres is not None)), (["redis"], float(redis is not None))]
    yield "cip_up", "Whether it answered when it was last asked, within 5 seconds.", ["service"], up
    stopped = [([name], 1.0) for name in monitor.process.stopped]
    yield "cip_task_stopped", "Background tasks that ended although nobody asked them to.", ["task"], stopped
    pool = monitor.pool
    used = {"size": pool.size, "in_use": pool.in_use, "overflow": pool.overflow, "waiting": pool.waiting}
    values = [([name], float(value)) for name, value in used.items()]
    yield "cip_database_pool", "Connections of this process, and tasks that wait for one.", ["kind"], values
    if postgres is not None:
        yield from _postgres(postgres)
    if redis is not None:
        yield from _redis(redis)


def _postgres(report: PostgresReport) -> Iterator[Gauge]:
    yield _one("cip_postgres_latency_seconds", "A trivial statement.", report.latency_seconds)
    yield _one("cip_postgres_size_bytes", "The database on disk.", report.size_bytes)
    yield _one("cip_postgres_connections", "To this database.", report.connections)
    yield _one("cip_postgres_connections_limit", "max_connections.", report.maximum_connections)


def _redis(report: RedisReport) -> Iterator[Gauge]:
    yield _one("cip_redis_latency_seconds", "A ping.", report.latency_seconds)
    yield _one("cip_redis_memory_bytes", "used_memory.", report.memory_bytes)
    if report.memory_limit_bytes is not None:
        yield _one("cip_redis_memory_limit_bytes", "maxmemory.", report.memory_limit_bytes)
    yield _one("cip_redis_clients", "Connected clients.", report.clients)
    yield _one("cip_redis_evicted_keys", "Since Redis started.", report.evicted_keys)
    shards = report.shards
    yield _sharded("cip_stream_length", "Entries kept.", shards, [one.length for one in shards])
    yield _sharded("cip_stream_lag", "Entries nobody has read.", shards, [one.lag for one in shards])
    yield _sharded("cip_stream_pending", "Entries read, not acknowledged.", shards, [one.pending for one in shards])
    oldest = [one.oldest_seconds or 0.0 for one in shards]
    yield _sharded("cip_stream_oldest_seconds", "Age of the oldest entry without effect.", shards, oldest)


def _one(name: str, help_text: str, value: float) -> Gauge:
    return name, help_text, [], [([], value)]


def _sharded(name: str, help_text: str, shards: Sequence[ShardReport], values: Sequence[float | None]) -> Gauge:
    rows = [
        ([shard.topic.value, str(shard.shard)], float(value))
        for shard, value in zip(shards, values, strict=True)
        if value is not None
    ]
    return name, help_text, ["topic", "shard"], rows
