"""One or several metrics over a range, a row for each bucket: the numbers of metricSeries."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from api.errors import BadInputError
from api.exports.contracts import Listing, Row
from api.metrics import buckets, catalogue
from api.metrics.buckets import Window
from api.metrics.catalogue import Unit
from api.metrics.reading import read
from api.tenants.contracts import TenantRecord
from models.database import Snapshot


async def of_metric_series(
    snapshot: Snapshot, asked: Mapping[str, str], tenant: TenantRecord, now: datetime
) -> Listing:
    slugs = [slug for slug in asked.get("metric", "").split(",") if slug]
    if not slugs or len(set(slugs)) != len(slugs):
        raise BadInputError("Name at least one metric, and each once: metric=revenue,orders.", path=("metric",))
    window = _window(asked, tenant, now)
    found = await read(snapshot, [catalogue.metric(slug) for slug in slugs], window)

    async def rows() -> AsyncIterator[Row]:
        for slug in slugs:
            metric, series = catalogue.metric(slug), found[slug]
            currency = tenant.currency if metric.unit is Unit.MONEY else None
            for start, figure in zip(window.buckets, series.values, strict=True):
                yield slug, metric.unit.value, currency, start, figure.value, figure.n, figure.low, figure.high

    columns = ("metric", "unit", "currency", "start", "value", "n", "low", "high")
    filters = {
        "metric": ",".join(slugs),
        "from": window.start.isoformat(),
        "to": window.end.isoformat(),
        "bucket": window.bucket.name,
    }
    return Listing(columns, rows(), filters)


def _window(asked: Mapping[str, str], tenant: TenantRecord, now: datetime) -> Window:
    try:
        bucket = buckets.Bucket[asked["bucket"]] if asked.get("bucket") else None
        preset = buckets.RangePreset(asked["preset"]) if asked.get("preset") else None
        begin, end = (datetime.fromisoformat(asked[name]) if asked.get(name) else None for name in ("from", "to"))
    except (KeyError, ValueError):
        hint = "preset=LAST_7_DAYS, or from= and to= as ISO 8601 times; bucket=MINUTE, QUARTER_HOUR, HOUR or DAY."
        raise BadInputError("This range cannot be read.", hint=hint, path=("range",)) from None
    if preset is not None and begin is None and end is None:
        return buckets.last(preset, bucket, now, tenant.zone)
    if preset is None and begin is not None and end is not None:
        return buckets.between(begin, end, bucket, now, tenant.zone)
    raise BadInputError("Give a preset, or both from and to.", path=("range",))
