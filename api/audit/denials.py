"""A refused operation leaves one entry, in a transaction of its own."""

from collections.abc import Callable
from datetime import datetime

from api.audit.repository import insert_entry
from api.auth.principal import Caller
from models.database import Database


async def record_denial(database: Database, now: Callable[[], datetime], caller: Caller, reason: str) -> None:
    async with database.unit_of_work(caller.tenant_id) as session:
        await insert_entry(
            session,
            caller.tenant_id,
            at=now(),
            actor=caller.actor,
            action="graphql",
            outcome="denied",
            details={"reason": reason},
        )
