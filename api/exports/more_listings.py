"""The rows of lists that are not records: what is foretold of customers, and the audit trail."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from api.audit.contracts import AuditRecord
from api.audit.subject_repository import load_keys
from api.audit.subjects import key_of, opened
from api.audit.trail_repository import ENTRIES
from api.errors import BadInputError
from api.exports import repository
from api.exports.contracts import Listing, Row
from api.exports.paging import every
from api.predictions.contracts import LONGEST_HORIZON, ModelKind, PredictionRecord
from api.predictions.repository import PREDICTIONS
from models.conditions import All, Condition, equal
from models.database import Snapshot
from models.keyset import Page, Slice

DAYS: Final = "30"
DIGITS: Final = 3
OUTCOMES: Final = ("done", "denied")


def of_predictions(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    """Of one kind and horizon, the highest first."""
    kind, days = asked.get("kind", ModelKind.CHURN), asked.get("days", DAYS)
    if kind not in tuple(ModelKind):
        hint = f"Write one of {', '.join(ModelKind)}."
        raise BadInputError("There are no predictions of this kind.", hint=hint, path=("kind",))
    if not (days.isascii() and days.isdigit() and len(days) <= DIGITS and 1 <= int(days) <= LONGEST_HORIZON):
        hint = f"Write a number from 1 to {LONGEST_HORIZON}."
        raise BadInputError("A horizon is a whole number of days.", hint=hint, path=("days",))
    chosen = All((equal("kind", kind), equal("horizon_days", int(days))))
    key = PREDICTIONS.own_order

    async def load(page: Page) -> Slice[PredictionRecord]:
        return await PREDICTIONS.page(snapshot, chosen, key, page)

    async def rows() -> AsyncIterator[Row]:
        async for part in every(load, lambda record: PREDICTIONS.position(key, record)):
            names = await repository.map_external_ids(snapshot, [one.customer_id for one in part])
            for one in part:
                valued = one.kind == ModelKind.CLV
                yield (
                    names[one.customer_id], one.kind, one.horizon_days, one.as_of,
                    None if valued else one.estimate, round(one.estimate) if valued else None,
                    one.low, one.high, one.historic, currency if valued else None, one.purchases,
                )  # fmt: skip

    columns = (
        "customerExternalId", "kind", "horizonDays", "asOf", "probability", "valueMinor", "low", "high",
        "historicValueMinor", "currency", "expectedPurchases",
    )  # fmt: skip
    return Listing(columns, rows(), {"kind": kind, "days": days})


def of_audit_entries(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    """The newest first. The customer that one is about is named while that person is not erased."""
    named = {name: asked[name] for name in ("actor", "action", "outcome") if asked.get(name)}
    if named.get("outcome", "DONE").lower() not in OUTCOMES:
        raise BadInputError("This is no outcome.", hint="Write DONE or DENIED.", path=("outcome",))
    chosen: Condition = All(
        tuple(equal(name, value.lower() if name == "outcome" else value) for name, value in named.items())
    )
    key = ENTRIES.own_order

    async def load(page: Page) -> Slice[AuditRecord]:
        return await ENTRIES.page(snapshot, chosen, key, page)

    async def rows() -> AsyncIterator[Row]:
        async for part in every(load, lambda record: ENTRIES.position(key, record)):
            sealed = {one.id: key_id for one in part if (key_id := key_of(one.details)) is not None}
            ids = list(set(sealed.values()))
            keys = dict(zip(ids, await load_keys(snapshot, ids), strict=True)) if ids else {}
            for one in part:
                secret = keys.get(sealed[one.id]) if one.id in sealed else None
                subject = None if secret is None else opened(snapshot.tenant_id, one.details, secret)
                yield one.id, one.at, one.actor, one.action, one.outcome.upper(), subject, one.details

    columns = ("id", "at", "actor", "action", "outcome", "subject", "details")
    return Listing(columns, rows(), named)
