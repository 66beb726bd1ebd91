"""A source key of a tenant of the tests, made as the product makes it."""

from api.accounts.contracts import CreatedSourceKey, NewSourceKey
from api.accounts.source_key_service import SourceKeys
from models.database import Database
from tests.support.world import TestTenant, clock


async def make_source_key(database: Database, tenant: TestTenant, source: str = "shop") -> CreatedSourceKey:
    return await SourceKeys(database, clock).create(tenant.id, NewSourceKey(f"the {source}", source), actor="test")
