"""Two tenants with rows in every table."""

import pytest

from models.database import Database
from tests.isolation.worlds import complete
from tests.support.world import TestTenant

TwoWorlds = tuple[TestTenant, TestTenant]


@pytest.fixture
async def two_worlds(database: Database, acme: TestTenant, globex: TestTenant) -> TwoWorlds:
    for tenant in (acme, globex):
        await complete(database, tenant)
    return acme, globex
