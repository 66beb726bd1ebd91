"""A tenant with at least one row in every tenant table: an empty table would pass every test of isolation."""

from collections.abc import AsyncIterator
from datetime import timedelta

from sqlalchemy import select, text

from api.accounts.contracts import NewAccount, NewSourceKey
from api.accounts.refresh_service import RefreshTokens
from api.accounts.repository import find_account
from api.accounts.service import UNTHROTTLED, Accounts, create_account_with_link
from api.accounts.source_key_service import SourceKeys
from api.actions.contracts import Action, Catalogue, Decided, Limits, ValueRule
from api.actions.service import Actions
from api.audit.sealing import Sealer
from api.auth.passwords import Passwords
from api.auth.permissions import ROLE_PERMISSIONS, Role
from api.auth.principal import Principal
from api.bulk.asking import ask
from api.bulk.contracts import PartEnd
from api.bulk.repository import insert_part
from api.bulk.uploading import LineUploads
from api.customers.view_contracts import ViewForm
from api.customers.view_service import SavedViews
from api.events.consent_repository import upsert_consent
from api.events.contracts import IncomingEvent, SchemaMode
from api.events.schema_service import IngestRules
from api.events.service import Ingest
from api.idempotency.repository import insert_write
from api.identity_providers.contracts import ProviderRecord
from api.identity_providers.repository import insert_identity, upsert_provider
from api.imports.contracts import Kind
from api.imports.repository import insert_chunk, update_run
from api.imports.service import Imports
from api.imports.staging_repository import add_to_units, insert_staged
from api.jobs.queue import enqueue
from api.metrics.recompute import KIND as RECOMPUTE
from api.metrics.weights_service import EngagementWeights
from api.outgoing import Outgoing
from api.privacy.contracts import Person
from api.privacy.erasing_repository import insert_erased
from api.privacy.service import Privacy
from api.streams.hub import Hub
from api.tenants.contracts import TenantLimits
from api.tenants.limits_service import LimitSettings
from api.tenants.repository import insert_replay
from api.webhooks.contracts import EndpointForm, Owner
from api.webhooks.delivery_repository import insert_deliveries
from api.webhooks.events import WebhookEvent
from api.webhooks.service import Endpoints
from models import Customer, Replay
from models.base import new_id, table
from models.database import Database
from tests.actions.support import Certain
from tests.imports.support import no_engine, work_on
from tests.predictions.support import current_model
from tests.segments.world import add_segments
from tests.support.api_keys import make_api_key
from tests.support.services import redis_client
from tests.support.world import NOW, PASSWORD, TestTenant, clock, order

CSV = """order_id,date,customer,sku,price
{0}-1,2026-03-10T10:00:00Z,{0}-c0,{0}-sku,1.50
{0}-2,nonsense,{0}-c0,{0}-sku,1.50
"""


async def _file(content: str) -> AsyncIterator[bytes]:
    yield content.encode()


async def _import(database: Database, tenant: TestTenant) -> None:
    """Stopped half-way, so that the file and its staged rows are still there beside what it did."""
    imports = Imports(database, clock, no_engine)
    body = _file(CSV.format(tenant.canary))
    uploaded = await imports.upload(tenant.id, f"{tenant.canary}.csv", body, 2**20, actor="user:admin")
    record = await imports.start(tenant.id, uploaded.import_id, Kind.ORDERS, None, dry_run=False, actor="user:admin")
    await work_on(database, tenant, record, None)
    async with database.unit_of_work(tenant.id) as session:
        await insert_chunk(session, tenant.id, record.id, 0, CSV.format(tenant.canary).encode())
        at = {"key": (NOW, 1)}
        await insert_staged(session, [(tenant.id, record.id, 2, "key", [tenant.canary])])
        await add_to_units(session, tenant.id, record.id, at)
        await update_run(session, tenant.id, record.id, state="failed")


async def _actions(database: Database, tenant: TestTenant) -> None:
    """A catalogue of its own, and a decision."""
    actions = Actions(database, Certain(), clock)
    offer = Action("offer", f"{tenant.canary} offer", "email", 0, ValueRule.FIXED, 100.0, 30)
    await actions.set_catalogue(tenant.id, Catalogue((offer,), Limits(quiet_from=0, quiet_to=0)), actor="user:admin")
    async with database.unit_of_work(tenant.id) as session:
        customers = list((await session.execute(select(table(Customer).c.id))).scalars())
    # Whoever is held out can be given nothing, but be dismissed.
    await actions.decide(tenant.id, customers[0], "offer", Decided.DISMISS, actor=f"admin of {tenant.canary}")


async def _webhook(database: Database, tenant: TestTenant) -> None:
    """An endpoint, and what it was told when nobody was there to send it."""
    query = "query($id: ID!) { customer(id: $id) { name } }"
    event = WebhookEvent.CUSTOMER_BOUGHT
    form = EndpointForm(f"https://{tenant.canary}.example/hook", f"{tenant.canary} hook", (event,), query)
    async with database.unit_of_work(tenant.id) as session:
        account = await find_account(session, tenant.id, "admin")
        customer = (await session.execute(text("SELECT id FROM customer LIMIT 1"))).scalar_one()
    assert account is not None
    owner = Owner(account.id, ROLE_PERMISSIONS[Role.ADMIN], f"admin of {tenant.canary}")
    issued = await Endpoints(database, Outgoing(), bytes(32), clock).create(tenant.id, form, owner)
    async with database.unit_of_work(tenant.id) as session:
        await insert_deliveries(session, tenant.id, issued.endpoint.id, event.value, [str(customer)], NOW)


async def _view(database: Database, tenant: TestTenant) -> None:
    """Of somebody who asks nothing in the tests, for all to see."""
    async with database.unit_of_work(tenant.id) as session:
        account = await find_account(session, tenant.id, "invited")
    assert account is not None
    person = Principal(tenant.id, account.id, new_id(), "invited", account.display_name, Role.VIEWER, NOW)
    form = ViewForm(f"{tenant.canary} view", f"q={tenant.canary}", shared=True)
    await SavedViews(database, clock).create(person, form)


async def _bulk(database: Database, tenant: TestTenant) -> None:
    """Done, with a file of one line."""
    query, needs = "{ customers { nodes { name } } }", frozenset({"customers:read"})
    key = await ask(database, tenant.id, query, {}, needs, actor=f"admin of {tenant.canary}", now=lambda: NOW)
    async with database.unit_of_work(tenant.id) as session:
        await insert_part(session, tenant.id, key, PartEnd(0, 1, None), f'{{"name":"{tenant.canary}"}}\n'.encode())
        await session.execute(text("UPDATE job SET state = 'succeeded' WHERE kind = 'bulk.run'"))
    await LineUploads(database, clock).keep(tenant.id, _lines(tenant), 1024, actor=f"admin of {tenant.canary}")


async def _lines(tenant: TestTenant) -> AsyncIterator[bytes]:
    yield f'{{"input": {{"events": [{{"messageId": "{tenant.canary} line", "name": "page_viewed"}}]}}}}\n'.encode()


async def _privacy(database: Database, tenant: TestTenant) -> None:
    """An export that is asked for; and somebody who was erased, in a world of their own."""
    async with database.unit_of_work(tenant.id) as session:
        customer = (
            await session.execute(select(table(Customer).c.id).order_by(text("name_key")).limit(1))
        ).scalar_one()
        person = Person(customer, f"{tenant.canary}-gone", "", None, (), (), (), (), None)
        await insert_erased(session, tenant.id, person, NOW)
        await upsert_consent(session, tenant.id, [(customer, "marketing", True, NOW, "test")])
    await LimitSettings(database, clock).set(tenant.id, TenantLimits(members=50), actor="user:admin")
    await Privacy(database, clock).ask_export(tenant.id, customer, actor=f"admin of {tenant.canary}")


async def _identity_provider(database: Database, tenant: TestTenant) -> None:
    """Past its own door, which asks the provider."""
    issuer = f"https://{tenant.canary}.example"
    provider = ProviderRecord(issuer, tenant.canary, bytes(32), [f"{tenant.canary}.example"], "viewer", True, NOW)
    async with database.unit_of_work(tenant.id) as session:
        await upsert_provider(session, tenant.id, provider)
        account = await find_account(session, tenant.id, "viewer")
        assert account is not None
        await insert_identity(session, tenant.id, account.id, issuer, f"{tenant.canary} viewer", NOW)


async def complete(database: Database, tenant: TestTenant) -> None:
    """Adds what `fill` leaves out: a session, a setup link, a waiting message, a replay, a job, a source key, a schema
    with its revision, an event that was rejected."""
    passwords = Passwords()
    try:
        login = await Accounts(database, passwords, clock).login(tenant.slug, "viewer", PASSWORD)
        assert login is not None
        await RefreshTokens(database, clock, UNTHROTTLED).issue(login.principal)
    finally:
        passwords.close()
    waiting = order(tenant, 9_999, customer=0, amount=100, at=NOW - timedelta(hours=1))
    redis = redis_client()
    try:
        weights = EngagementWeights(database, Hub(redis, redis), clock)
        await weights.set(tenant.id, {"recency": 2.0}, actor=f"admin of {tenant.canary}")
    finally:
        await redis.aclose()
    actor = f"admin of {tenant.canary}"
    await SourceKeys(database, clock).create(tenant.id, NewSourceKey(f"{tenant.canary} shop", "shop"), actor=actor)
    await make_api_key(database, tenant, name=f"{tenant.canary} program")
    async with database.unit_of_work(tenant.id) as session:
        await insert_write(session, tenant.id, actor, "crawled", bytes(32), NOW)
    await IngestRules(database, clock).put_schema(
        tenant.id, f"{tenant.canary} thing", {"type": "object"}, SchemaMode.WARN, actor=actor
    )
    await _webhook(database, tenant)
    await _bulk(database, tenant)
    refused = IncomingEvent(f"{tenant.canary}-dead", "message_sent")
    await Ingest(database, lambda _: None, clock).ingest(tenant.id, [waiting, refused], actor="test")
    await Ingest(database, lambda _: None, clock).ingest(tenant.id, [waiting], actor="test")
    await _import(database, tenant)
    await add_segments(database, tenant)
    await _actions(database, tenant)
    await _privacy(database, tenant)
    async with database.unit_of_work(tenant.id) as session:
        new = NewAccount("invited", f"{tenant.canary} invited", Role.VIEWER)
        await create_account_with_link(session, tenant.id, new, NOW)
        await insert_replay(
            session,
            Replay(tenant_id=tenant.id, speed=1, position=NOW, ends_at=NOW + timedelta(days=1), history_loaded=True),
        )
        # Of contracts: it says nothing of orders, so that no action hangs on who is held out.
        await current_model(session, tenant.id, made_by=f"analyst of {tenant.canary}", method="contracts")
        await enqueue(session, tenant.id, RECOMPUTE, tenant.id, actor=f"admin of {tenant.canary}", now=NOW)
    await Sealer(database, clock).seal(tenant.id)
    await _view(database, tenant)
    await _identity_provider(database, tenant)
