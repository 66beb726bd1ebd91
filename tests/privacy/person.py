"""Somebody of whom a word stands in every place that can hold one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from api.bulk.contracts import PartEnd
from api.bulk.repository import insert_part
from api.bulk.upload_repository import insert_piece
from api.events.consent_repository import upsert_consent
from api.events.contracts import CustomerRef, IncomingEvent
from api.events.service import Ingest
from api.idempotency.repository import insert_write, update_answer
from api.imports.contracts import Kind
from api.imports.repository import insert_chunk, update_run
from api.imports.service import Imports
from api.imports.staging_repository import add_to_units, insert_staged
from api.privacy.person_repository import find_person
from api.privacy.place_repository import where
from api.streams.outbox import insert_message
from api.streams.topics import CustomersActive
from api.webhooks.delivery_repository import insert_deliveries
from models import (
    ActionDecision,
    BulkOperation,
    Customer,
    JourneySpell,
    JourneyStage,
    ModelVersion,
    Prediction,
    Segment,
    Segmentation,
    SegmentMember,
    SegmentSnapshot,
    StaleCustomer,
    WebhookEndpoint,
)
from models.base import new_id, table
from models.database import Database
from models.personal import PLACES, Reach
from tests.imports.support import no_engine, work_on
from tests.support.world import NOW, TestTenant, clock, ingest, order

WORD: Final = "Quillfeather"
WHO: Final = CustomerRef(f"{WORD}-1", f"Ada {WORD}", f"Ada.{WORD}@Mail.Example", f"{WORD}land")
AT: Final = NOW - timedelta(hours=5)
TALK: Final = f"{WORD}-talk"
BYSTANDER: Final = "bystander-1"
CSV: Final = f"""order_id,date,customer,sku,price
{WORD}-9,2026-03-10T10:00:00Z,{WHO.external_id},thing,1.50
{WORD}-10,nonsense,{WHO.external_id},thing,1.50
bystander-9,2026-03-10T10:00:00Z,{BYSTANDER},thing,1.50
"""


def event(message_id: str, name: str, minutes: int = 0, **properties: object) -> IncomingEvent:
    return IncomingEvent(
        f"{WORD}-{message_id}", name, occurred_at=AT + timedelta(minutes=minutes), customer=WHO, properties=properties
    )


def bought(tenant: TestTenant, number: int) -> IncomingEvent:
    """With their words in what was bought, and in what the order is called."""
    made = order(tenant, number, customer=None, amount=700, at=AT)
    line = {"sku": "thing", "description": f"for {WORD}", "quantity": 1, "unitAmount": 700}
    return IncomingEvent(
        f"{WORD}-order-{number}", made.name, occurred_at=AT, customer=WHO,
        properties={"orderId": f"{WORD}-{number}", "lines": [line]},
    )  # fmt: skip


async def plant(database: Database, tenant: TestTenant) -> UUID:
    """The tenant is complete, as tests.isolation.worlds makes it. Gives the customer's id."""
    await ingest(
        database,
        tenant,
        event("visit", "page_viewed", 1, note=f"{WORD} was here"),
        bought(tenant, 1),
        event("open", "conversation_opened", 2, conversationId=TALK, channel="chat", subject=f"{WORD} asks"),
        event("said", "message_sent", 3, conversationId=TALK, messageId=WORD, author="customer", body=f"I am {WORD}"),
        event("heard", "message_sent", 4, conversationId=TALK, messageId="2", author="agent", body=f"Hello {WORD}"),
        event("close", "conversation_closed", 5, conversationId=TALK, rating=5),
        IncomingEvent("bystander", "page_viewed", occurred_at=AT, customer=CustomerRef(BYSTANDER)),
    )
    refused = [
        event("refused", "message_sent", 6, body=f"{WORD} again"),
        IncomingEvent("unnamed", "conversation_opened", properties={"conversationId": TALK, "channel": WORD}),
        IncomingEvent("bystander-refused", "message_sent", customer=CustomerRef(BYSTANDER)),
    ]
    await Ingest(database, lambda _: None, clock).ingest(tenant.id, refused, actor="test")
    async with database.unit_of_work(tenant.id) as session:
        found = await session.execute(select(table(Customer).c.id).where(table(Customer).c.name == WHO.name))
        customer_id: UUID = found.scalar_one()
    await _import(database, tenant)
    await _derived(database, tenant, customer_id)
    await _words_everywhere(database, tenant, customer_id)
    return customer_id


async def _file() -> AsyncIterator[bytes]:
    yield CSV.encode()


async def _import(database: Database, tenant: TestTenant) -> None:
    """One that has brought rows in, and has the file and more rows still on their way."""
    imports = Imports(database, clock, no_engine)
    uploaded = await imports.upload(tenant.id, "orders.csv", _file(), 2**20, actor="user:admin")
    record = await imports.start(tenant.id, uploaded.import_id, Kind.ORDERS, None, dry_run=False, actor="user:admin")
    await work_on(database, tenant, record, None)
    async with database.unit_of_work(tenant.id) as session:
        half = len(CSV) // 3  # within a word of theirs, most likely
        await insert_chunk(session, tenant.id, record.id, 0, CSV.encode()[:half])
        await insert_chunk(session, tenant.id, record.id, 1, CSV.encode()[half:])
        rows = [
            (tenant.id, record.id, 2, f"{WORD}-9", [f"{WORD}-9", WHO.external_id]),
            (tenant.id, record.id, 3, f"{WORD}-9", [f"{WORD}-9", "", f"{WORD} too"]),
            (tenant.id, record.id, 4, "bystander-9", ["bystander-9", BYSTANDER]),
        ]
        await insert_staged(session, rows)
        await add_to_units(session, tenant.id, record.id, {f"{WORD}-9": (NOW, 2), "bystander-9": (NOW, 1)})
        await update_run(session, tenant.id, record.id, state="failed")


async def _derived(database: Database, tenant: TestTenant, customer_id: UUID) -> None:
    """What the product works out about a customer, written as it writes it."""
    mine = {"tenant_id": tenant.id, "customer_id": customer_id}
    async with database.unit_of_work(tenant.id) as session:

        async def first(model: type[SQLModel], column: str = "id") -> UUID:
            found: UUID = (await session.execute(select(table(model).c[column]).limit(1))).scalar_one()
            return found

        async def add(model: type[SQLModel], **values: object) -> None:
            """Where the product itself has not done it yet."""
            target = table(model)
            held = await session.execute(select(target.c.customer_id).where(target.c.customer_id == customer_id))
            if held.first() is None:
                await session.execute(insert(target).values({**mine, **values}))

        await add(StaleCustomer, purpose="scores", since=NOW)
        await add(SegmentMember, segment_id=await first(Segment), since=NOW)
        await add(SegmentSnapshot, segmentation_id=await first(Segmentation), as_of=NOW, position=0)
        await add(
            Prediction, kind="CHURN", horizon_days=90, version_id=await first(ModelVersion), as_of=NOW, estimate=0.5,
            reasons=[],
        )  # fmt: skip
        await add(
            ActionDecision, id=new_id(), action="offer", decision="accept", decided_at=NOW, decided_by="user:admin",
            probability=0.5, expected_value=1.0, source="RULES", propensities={}, policy_version="1", seed=1,
        )  # fmt: skip
        await add(JourneySpell, entered_at=NOW, stage=await first(JourneyStage, "key"))
        operation, bulk = await first(BulkOperation), table(BulkOperation)
        searched = update(bulk).where(bulk.c.tenant_id == tenant.id).values(variables={"search": WORD})
        await session.execute(searched)
        await insert_part(session, tenant.id, operation, PartEnd(1, 1, None), f'{{"name":"{WORD}"}}\n'.encode())
        await insert_piece(session, tenant.id, new_id(), 0, [f'{{"who":"{WORD}"}}'.encode()], NOW)
        await upsert_consent(session, tenant.id, [(customer_id, "marketing", True, NOW, "test")])
        endpoint = await first(WebhookEndpoint)
        await insert_deliveries(session, tenant.id, endpoint, "customer.bought", [str(customer_id)], NOW)
        bystander = select(table(Customer).c.id).where(table(Customer).c.external_id == BYSTANDER)
        other: UUID = (await session.execute(bystander)).scalar_one()
        touched = CustomersActive(((customer_id, AT, AT), (other, AT, AT)))
        await insert_message(session, tenant.id, touched, NOW)
        await insert_write(session, tenant.id, "user:admin", "theirs", bytes(32), NOW)
        await update_answer(session, tenant.id, "user:admin", "theirs", {"verdicts": [{"messageId": f"{WORD}-visit"}]})


async def _words_everywhere(database: Database, tenant: TestTenant, customer_id: UUID) -> None:
    """Into every personal column of the rows that an id leads to."""
    async with database.unit_of_work(tenant.id) as session:
        found = await find_person(session, tenant.id, customer_id, NOW)
        assert found is not None
        for name, place in PLACES.items():
            if place.reach not in (Reach.OWN, Reach.ORDER, Reach.CONVERSATION) or name == "privacy_request":
                continue
            target = SQLModel.metadata.tables[name]
            for column in place.personal:
                if isinstance(target.c[column].type, JSONB):
                    mine = where(name, place, tenant.id, *found)
                    await session.execute(update(target).where(mine).values({column: [{"note": f"{WORD} {column}"}]}))
