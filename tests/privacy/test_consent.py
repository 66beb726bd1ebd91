"""What customers agree to is the last word they said, and nothing is proposed or foretold against it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api.actions import proposals_repository
from api.actions.contracts import Action, Block, Catalogue, Limits, ValueRule
from api.actions.proposals_repository import Occasion
from api.events.contracts import IncomingEvent, VerdictStatus
from api.events.payloads import from_json
from api.events.segment import to_event
from api.events.service import Ingest
from api.graphql.ids import global_id
from api.predictions.contracts import Scored
from api.predictions.repository import upsert_predictions
from models.database import Database
from tests.actions.support import Certain
from tests.predictions.support import HORIZON, current_model
from tests.privacy.support import customer_id
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, customer_ref, ingest

PLAIN = Action("plain", "Plain", "email", 0, ValueRule.FIXED, 100.0, 0)
ASKING = Action("asking", "Asking", "email", 0, ValueRule.FIXED, 100.0, 0, needs_consent=True)
CATALOGUE = Catalogue((PLAIN, ASKING), Limits(weekly_cap=9, daily_cap=100, quiet_from=0, quiet_to=0))
SET = """mutation Set($input: CustomerConsentSetInput!) {
  customerConsentSet(input: $input) { customer { consents { purpose granted source } } userErrors { field code } }
}"""
SHOWN = """query Shown($id: ID!) { customer(id: $id) {
  consents { purpose granted } predictions(kind: CHURN, horizonDays: %d) { status dataNeed { what need have } }
} }"""


def said(tenant: TestTenant, name: str, hours_ago: float, **properties: object) -> IncomingEvent:
    at = NOW - timedelta(hours=hours_ago)
    return IncomingEvent(f"{name}-{hours_ago}", name, occurred_at=at, customer=customer_ref(tenant, 0),
                         properties=properties)  # fmt: skip


@pytest.fixture
async def who(database: Database, acme: TestTenant) -> UUID:
    """Somebody who is not held out of everything."""
    async with database.unit_of_work(acme.id) as session:
        return await customer_id(session, customer_ref(acme, 0).external_id)


async def words(database: Database, tenant: TestTenant) -> dict[str, bool]:
    async with database.unit_of_work(tenant.id) as session:
        return {row[0]: row[1] for row in await session.execute(text("SELECT purpose, granted FROM customer_consent"))}


async def blocks(
    database: Database, tenant: TestTenant, who: UUID, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Block | None]:
    monkeypatch.setattr(proposals_repository, "SHARE", 0.0)
    async with database.reading(tenant.id) as snapshot:
        [proposals] = await proposals_repository.load_proposals(snapshot, [who], Occasion(CATALOGUE, Certain(), NOW))
    return {one.code: one.block for one in proposals}


async def test_the_last_word_counts_in_whatever_order_words_come_in(database: Database, acme: TestTenant) -> None:
    await ingest(database, acme, said(acme, "consent_given", 3, purpose=["marketing", "profiling"]))
    await ingest(database, acme, said(acme, "consent_withdrawn", 1, purpose="marketing"))
    await ingest(database, acme, said(acme, "consent_given", 2, purpose="marketing"))
    assert await words(database, acme) == {"marketing": False, "profiling": True}


async def test_an_identify_call_says_it_in_its_traits(database: Database, acme: TestTenant) -> None:
    call = {
        "type": "identify", "messageId": "i-1", "userId": f"{acme.canary}-c0", "timestamp": NOW.isoformat(),
        "traits": {"name": "Ada", "consent": {"analytics": True, "marketing": False}},
    }  # fmt: skip
    event = from_json(to_event(call, "web"))
    assert isinstance(event, IncomingEvent)
    await ingest(database, acme, event)
    assert await words(database, acme) == {"analytics": True, "marketing": False}


async def test_a_purpose_that_nobody_knows_is_refused_where_it_stands(database: Database, acme: TestTenant) -> None:
    odd = [
        said(acme, "consent_given", 3, purpose="everything"),
        said(acme, "customer_identified", 2, traits={"consent": {"marketing": "yes"}}),
    ]
    verdicts = await Ingest(database, lambda _: None, clock).ingest(acme.id, odd, actor="test")
    assert [(one.status, one.code, one.path) for one in verdicts] == [
        (VerdictStatus.REJECTED, "INVALID_PROPERTIES", ("properties", "purpose")),
        (VerdictStatus.REJECTED, "INVALID_PROPERTIES", ("properties", "traits", "consent", "marketing")),
    ]
    assert await words(database, acme) == {}


async def test_nothing_is_proposed_to_who_refuses(
    database: Database, acme: TestTenant, who: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await blocks(database, acme, who, monkeypatch) == {"plain": None, "asking": Block.NO_CONSENT}
    await ingest(database, acme, said(acme, "consent_given", 5, purpose="marketing"))
    assert await blocks(database, acme, who, monkeypatch) == {"plain": None, "asking": None}
    await ingest(database, acme, said(acme, "consent_withdrawn", 4, purpose="profiling"))
    none = {"plain": Block.NO_CONSENT, "asking": Block.NO_CONSENT}
    assert await blocks(database, acme, who, monkeypatch) == none
    await ingest(database, acme, said(acme, "consent_given", 3, purpose="profiling"))
    await ingest(database, acme, said(acme, "consent_given", 2, channel="email"))
    await ingest(database, acme, said(acme, "consent_withdrawn", 1, purpose="marketing"))
    assert await blocks(database, acme, who, monkeypatch) == none


async def test_nothing_is_foretold_of_who_refuses_until_they_agree_again(
    api: Api, database: Database, acme: TestTenant, who: UUID
) -> None:
    async with database.unit_of_work(acme.id) as session:
        version_id = await current_model(session, acme.id, made_by="test")
        await session.execute(text("DELETE FROM stale_customer"))
    admin, identity = await api.login("acme", "admin"), str(global_id("Customer", who))

    async def shown() -> dict[str, object]:
        found: dict[str, object] = (await admin.data(SHOWN % HORIZON, {"id": identity}))["customer"]
        return found

    async def score() -> int:
        scored = Scored(who, 0.5, None, None, None, [], None, None, None)
        async with database.unit_of_work(acme.id) as session:
            await upsert_predictions(session, acme.id, version_id, "CHURN", HORIZON, NOW, [scored])
            found = await session.execute(
                text("SELECT count(*) FROM prediction WHERE customer_id = :who"), {"who": who}
            )
            return int(found.scalar_one())

    assert await score() == 1
    refused = {"customerId": identity, "purpose": "PROFILING", "granted": False}
    answer = (await admin.data(SET, {"input": refused}))["customerConsentSet"]
    assert answer["customer"]["consents"] == [{"purpose": "PROFILING", "granted": False, "source": "user:admin"}]
    assert await score() == 0
    assert (await shown())["predictions"] == [
        {
            "status": "INSUFFICIENT_DATA",
            "dataNeed": {"what": "consent of this customer to profiling", "need": 1, "have": 0},
        }
    ]
    await ingest(database, acme, said(acme, "consent_given", -1, purpose="profiling"))
    async with database.unit_of_work(acme.id) as session:
        waiting = await session.execute(text("SELECT customer_id FROM stale_customer WHERE purpose = 'scores'"))
        assert who in waiting.scalars().all()
    assert await score() == 1


async def test_who_enters_consent_is_in_the_trail_and_a_stranger_is_not_found(
    api: Api, acme: TestTenant, who: UUID
) -> None:
    admin = await api.login("acme", "admin")
    given = {"customerId": str(global_id("Customer", who)), "purpose": "MARKETING", "granted": True}
    await admin.data(SET, {"input": given})
    trail = await admin.data("{ auditEntries(first: 1) { nodes { action subject actor } } }")
    assert trail["auditEntries"]["nodes"] == [
        {"action": "customer.consent", "subject": f"{acme.canary}-c0", "actor": "user:admin"}
    ]
    unknown = await admin.data(SET, {"input": {**given, "customerId": str(global_id("Customer", acme.id))}})
    assert unknown["customerConsentSet"]["userErrors"] == [{"field": ["customerId"], "code": "NOT_FOUND"}]
    assert await (await api.login("acme", "analyst")).error_code(SET, {"input": given}) == "FORBIDDEN"
