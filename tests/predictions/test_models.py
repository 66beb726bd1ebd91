"""A model's life in the database: trained, current, promoted, reproduced, and what it says kept up to date."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from api.errors import ConflictError
from api.predictions import version_repository
from api.predictions.contracts import ModelKind, State, VersionRecord
from api.predictions.history import load_history
from api.predictions.history_repository import Known
from api.predictions.rescoring import Rescoring
from api.predictions.service import Models
from models import Event, SalesOrder
from models.base import table
from models.database import Database
from tests.predictions.support import load, predictions, score, shop, train, version_of
from tests.support.world import NOW, TestTenant, clock, ingest, make_tenant, order

event = table(Event)


@pytest.fixture
async def store(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "store", "storecanary")
    await load(database, tenant, shop(tenant))
    return tenant


async def version(database: Database, tenant: TestTenant, version_id: UUID) -> VersionRecord:
    async with database.unit_of_work(tenant.id) as session:
        found = await version_repository.get_version(session, tenant.id, version_id)
    assert found is not None
    return found


async def test_the_first_model_speaks_and_the_second_waits_to_be_promoted_and_back(
    database: Database, store: TestTenant
) -> None:
    first, second = [version_of(await train(database, store)) for _ in range(2)]
    assert (await version(database, store, first)).state == State.CURRENT
    waiting = await version(database, store, second)
    assert (waiting.state, waiting.number) == (State.TRAINED, 2)
    assert waiting.card_hash == (await version(database, store, first)).card_hash
    models = Models(database, clock)
    await models.promote(store.id, second, actor="test")
    assert (await version(database, store, first)).state == State.RETIRED
    with pytest.raises(ConflictError):
        await models.promote(store.id, second, actor="test")
    await models.promote(store.id, first, actor="test")
    states = [(await version(database, store, key)).state for key in (first, second)]
    assert states == [State.CURRENT, State.RETIRED]


async def test_a_version_cannot_be_changed_or_removed(database: Database, store: TestTenant) -> None:
    kept = version_of(await train(database, store, ModelKind.CLV))
    for statement in ("UPDATE model_version SET card = '{}'", "DELETE FROM model_version"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.unit_of_work(store.id) as session:
                await session.execute(text(statement))
    assert (await version(database, store, kept)).card["champion"]


async def test_training_again_gives_the_same_hash_until_the_data_before_it_changes(
    database: Database, store: TestTenant
) -> None:
    made = version_of(await train(database, store))
    await ingest(database, store, order(store, 90_001, customer=1, amount=500, at=NOW - timedelta(minutes=5)))
    again = await train(database, store, reproduces=made)
    assert again.outcome is not None
    assert again.outcome["reproduced"] is True
    assert again.outcome["explanation"] == f"The same: card hash {(await version(database, store, made)).card_hash}."
    oldest = select(table(SalesOrder).c.id).order_by(table(SalesOrder).c.placed_at).limit(1).scalar_subquery()
    async with database.unit_of_work(store.id) as session:
        await session.execute(update(table(SalesOrder)).where(table(SalesOrder).c.id == oldest).values(total=1))
    changed = await train(database, store, reproduces=made)
    assert changed.outcome is not None
    assert changed.outcome["reproduced"] is False
    assert "The data up to 2026-03-17 has changed since" in changed.outcome["explanation"]
    assert changed.outcome["explanation"].endswith("some were changed.")


async def test_without_a_declared_history_a_record_is_known_since_it_was_received(
    database: Database, store: TestTenant
) -> None:
    """All of it was received now, so that no past moment knew any."""
    found = (await train(database, store, complete_until=None)).insufficient
    assert found is not None
    assert found.have == 0


async def test_an_event_received_after_the_cutoff_is_in_no_feature(database: Database, store: TestTenant) -> None:
    known = Known(NOW, NOW, "Europe/London")
    async with database.reading(store.id) as snapshot:
        before = (await load_history(snapshot, ModelKind.CHURN, known)).until(1e9)
    late = order(store, 90_002, customer=2, amount=10**6, at=NOW - timedelta(days=100))
    await ingest(database, store, late, now=lambda: NOW + timedelta(days=1))
    async with database.reading(store.id) as snapshot:
        after = (await load_history(snapshot, ModelKind.CHURN, known)).until(1e9)
        tomorrow = Known(NOW + timedelta(days=2), NOW, "Europe/London")
        seen = (await load_history(snapshot, ModelKind.CHURN, tomorrow)).until(1e9)
    assert after.hash == before.hash
    assert seen.rows == before.rows + 1


async def test_orders_of_the_future_are_not_known_yet(database: Database, acme: TestTenant) -> None:
    async with database.unit_of_work(acme.id) as session:
        await session.execute(update(table(SalesOrder)).values(placed_at=NOW + timedelta(days=400)))
    async with database.reading(acme.id) as snapshot:
        history = await load_history(snapshot, ModelKind.CLV, Known(NOW, NOW, "UTC"))
    assert history.customers == []


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
async def test_who_has_news_is_scored_again_as_a_pass_over_all_would(
    kind: ModelKind, database: Database, store: TestTenant
) -> None:
    made = version_of(await train(database, store, kind))
    await score(database, store, made)
    before = await predictions(database, store)
    rescoring = Rescoring(database, clock)
    while await rescoring.rescore(store.id):
        pass
    assert _figures(await predictions(database, store)) == _figures(before)
    news = [
        order(store, 90_003, customer=3, amount=700_000, at=NOW - timedelta(minutes=2)),
        order(store, 90_004, customer=9_999, amount=700, at=NOW - timedelta(minutes=1)),
    ]
    await ingest(database, store, *news)
    assert await rescoring.rescore(store.id) == 2
    assert await rescoring.rescore(store.id) == 0
    found = await predictions(database, store)
    assert len(found) == len(before) + 1
    assert sum(_figures(found)[key] != figures for key, figures in _figures(before).items()) == 1
    await score(database, store, made)
    assert _figures(await predictions(database, store)) == _figures(found)


def _figures(rows: dict[UUID, Any]) -> dict[UUID, tuple[float | None, ...]]:
    return {
        key: tuple(None if figure is None else round(figure, 6) for figure in (row.estimate, row.low, row.high))
        for key, row in rows.items()
    }


async def test_a_pass_by_a_promoted_version_replaces_what_the_one_before_said(
    database: Database, store: TestTenant
) -> None:
    first, second = [version_of(await train(database, store)) for _ in range(2)]
    await score(database, store, first)
    await Models(database, clock).promote(store.id, second, actor="test")
    await score(database, store, second, now=lambda: NOW + timedelta(minutes=1))
    assert {row.version_id for row in (await predictions(database, store)).values()} == {second}


async def test_stages_are_learned_from_and_tell_too_little_when_nobody_moves(
    database: Database, store: TestTenant
) -> None:
    found = (await train(database, store, ModelKind.CONVERSION)).insufficient
    assert found is not None
    assert (found.what, found.need, found.have) == ("customers who went on to a later stage", 50, 0)
