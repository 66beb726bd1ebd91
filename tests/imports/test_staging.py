"""The staged rows go in steps of a bounded size, whatever the planner takes the tables' size for."""

from sqlalchemy import func, select

from api.demo.retail import DATA_FILE
from api.imports import staging_repository as staging
from api.imports.contracts import Kind
from models import ImportUnit
from models.base import table
from models.database import Database
from tests.imports.support import ACTOR, imports
from tests.support.world import NOW, make_tenant

unit = table(ImportUnit)


async def test_records_of_a_table_that_was_never_analysed_are_deleted_in_steps(database: Database) -> None:
    """Looking them up one by one would take the square of their number, and meet the statements' time limit."""
    tenant = await make_tenant(database, "shop", "shopcanary")
    uploaded = await imports(database).register(tenant.id, DATA_FILE, Kind.ORDERS, actor=ACTOR)
    some = {f"{number:06}": (NOW, 1) for number in range(staging.ROWS_AT_ONCE + 1)}
    async with database.unit_of_work(tenant.id) as session:
        await staging.add_to_units(session, tenant.id, uploaded.import_id, some)
    left = []
    more = True
    while more:
        async with database.unit_of_work(tenant.id) as session:
            more = await staging.delete_staged(session, tenant.id, uploaded.import_id)
            left.append((await session.execute(select(func.count()).select_from(unit))).scalar_one())
    assert left == [1, 0, 0]
