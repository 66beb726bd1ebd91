"""What comes in later of somebody who was erased is refused and not kept; what is others' stays."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from api.events.contracts import CustomerRef, IncomingEvent, MalformedEvent, SentEvent, VerdictStatus
from api.events.service import Ingest
from api.imports.contracts import Kind
from api.privacy.service import Privacy
from api.settings import Settings
from models.database import Database
from tests.imports.support import errors, run_import, write_csv
from tests.isolation.worlds import complete
from tests.privacy.person import BYSTANDER, TALK, WHO, WORD, event, plant
from tests.privacy.support import work
from tests.support.world import NOW, TestTenant, clock

ACTOR = "user:admin"


@pytest.fixture
async def erased(database: Database, settings: Settings, acme: TestTenant) -> TestTenant:
    await complete(database, acme)
    customer_id = await plant(database, acme)
    asked = await Privacy(database, clock).ask_erasure(acme.id, customer_id, WHO.external_id, actor=ACTOR)
    await work(database, settings, acme, asked)
    return acme


async def texts_of(database: Database, tenant: TestTenant, table: str) -> str:
    async with database.unit_of_work(tenant.id) as session:
        rows = await session.execute(text(f"SELECT one::text FROM {table} AS one"))
        return "\n".join(rows.scalars())


async def send(database: Database, tenant: TestTenant, *events: SentEvent) -> list[tuple[VerdictStatus, str | None]]:
    verdicts = await Ingest(database, lambda _: None, clock).ingest(tenant.id, events, actor="test")
    return [(verdict.status, verdict.code) for verdict in verdicts]


async def test_their_events_are_refused_and_kept_nowhere(database: Database, erased: TestTenant) -> None:
    refused = (VerdictStatus.REJECTED, "SUBJECT_ERASED")
    said = {"conversationId": TALK, "messageId": "9", "author": "customer", "body": f"{WORD} speaks"}
    payload = {"type": "track", "userId": WHO.external_id, "traits": {"name": WHO.name}}
    assert await send(
        database,
        erased,
        event("later", "page_viewed", 1, note=WORD),
        event("later-wrong", "message_sent", 1, body=WORD),
        IncomingEvent("later-said", "message_sent", properties=said),
        MalformedEvent("later-odd", "api", "INVALID", ("type",), "Not an event.", payload),
        IncomingEvent("another", "page_viewed", occurred_at=NOW, customer=CustomerRef(f"{WHO.external_id}0")),
    ) == [refused, refused, refused, refused, (VerdictStatus.ACCEPTED, None)]
    for table in ("event", "dead_letter", "customer", "message", "outbox_message"):
        assert WORD not in (await texts_of(database, erased, table)).replace(f"{WHO.external_id}0", ""), table


async def test_their_rows_of_a_file_are_refused_without_their_cells(
    database: Database, erased: TestTenant, tmp_path: Path
) -> None:
    content = {
        Kind.CUSTOMERS: f"customer_id,name\n{WHO.external_id},{WHO.name}\nnew-1,Somebody\n",
        Kind.ORDERS: "order_id,date,customer,sku,price\n"
        f"late-1,2026-03-10T10:00:00Z,{WHO.external_id},thing,1.50\n"
        "late-2,2026-03-10T10:00:00Z,new-1,thing,1.50\n",
    }
    for kind, lines in content.items():
        done = await run_import(database, erased, write_csv(tmp_path / f"{kind.value}.csv", lines), kind)
        assert (done.created, done.failed) == (1, 1)
        [error] = await errors(database, erased, done.id)
        assert (error.code, error.cells) == ("SUBJECT_ERASED", [])
    for table in ("import_error", "import_row", "import_unit", "customer"):
        assert WORD not in await texts_of(database, erased, table), table


async def test_what_is_others_stays(database: Database, erased: TestTenant) -> None:
    assert BYSTANDER in await texts_of(database, erased, "customer")
    assert "bystander-refused" in await texts_of(database, erased, "dead_letter")
    assert await _keys(database, erased, "import_row") == ["bystander-9", "key"]
    async with database.unit_of_work(erased.id) as session:
        payloads = await session.execute(text("SELECT payload FROM outbox_message WHERE topic = 'engagement_metrics'"))
        touched = [entry[0] for payload in payloads.scalars() for entry in payload["customers"]]
        other: UUID = (
            await session.execute(text("SELECT id FROM customer WHERE external_id = :it"), {"it": BYSTANDER})
        ).scalar_one()
    assert other.hex in touched


async def _keys(database: Database, tenant: TestTenant, table: str) -> list[str]:
    async with database.unit_of_work(tenant.id) as session:
        return list((await session.execute(text(f"SELECT DISTINCT key FROM {table} ORDER BY key"))).scalars())
