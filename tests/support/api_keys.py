"""An API key of a tenant of the tests, made as the product makes it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from api.accounts.api_key_service import ApiKeys
from api.accounts.contracts import CreatedApiKey, NewApiKey
from api.auth.permissions import Permission, Role
from api.auth.principal import Principal
from models.database import Database
from tests.support.world import NOW, TestTenant, clock


async def make_api_key(
    database: Database,
    tenant: TestTenant,
    *,
    name: str = "a program",
    role: Role = Role.VIEWER,
    scopes: frozenset[Permission] | None = None,
    lifetime: timedelta = timedelta(days=90),
    now: Callable[[], datetime] = clock,
) -> CreatedApiKey:
    nobody = UUID(int=0)
    maker = Principal(tenant.id, nobody, nobody, "admin", "", Role.ADMIN, NOW)
    return await ApiKeys(database, now).create(NewApiKey(name, role, scopes, lifetime), maker)
