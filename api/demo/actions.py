"""The demo tenants' catalogue of next best actions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from api.actions.defaults import DEFAULT
from api.actions.repository import has_catalogue
from api.actions.service import Actions
from api.actions.sources import LIKELIHOODS
from models.database import Database


async def set_catalogue(database: Database, tenant_id: UUID, now: Callable[[], datetime], actor: str) -> None:
    """The product's own, without quiet hours: a replay stands still at the end of a day, in whose quiet hours nothing
    would ever be proposed. One that somebody has set stays."""
    async with database.unit_of_work(tenant_id) as session:
        if await has_catalogue(session, tenant_id):
            return
    never_quiet = replace(DEFAULT, limits=replace(DEFAULT.limits, quiet_from=0, quiet_to=0))
    await Actions(database, LIKELIHOODS, now).set_catalogue(tenant_id, never_quiet, actor=actor)
