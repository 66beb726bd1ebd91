"""Work at privacy jobs in tests, without the engine."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs.timings import Timings
from api.jobs.turn import Turns
from api.privacy.contracts import RequestRecord
from api.privacy.request_repository import get_request
from api.settings import Settings
from api.streams.hub import Hub
from api.worker import job_handlers
from models import Customer, PrivacyRequest
from models.base import table
from models.database import Database
from tests.support.services import redis_client
from tests.support.world import TestTenant, clock

customer = table(Customer)
request = table(PrivacyRequest)


async def work(database: Database, settings: Settings, tenant: TestTenant, request_id: UUID) -> RequestRecord:
    """Does the request's job, as a worker would."""
    redis = redis_client()
    try:
        handlers = job_handlers(database, Hub(redis, redis), clock, settings)
        async with database.unit_of_work(tenant.id) as session:
            record = await get_request(session, tenant.id, request_id)
        assert record is not None
        await Turns(database, handlers, clock, Timings()).take(tenant.id, record.job_id)
    finally:
        await redis.aclose()
    async with database.unit_of_work(tenant.id) as session:
        done = await get_request(session, tenant.id, request_id)
    assert done is not None
    return done


async def customer_id(session: AsyncSession, external_id: str) -> UUID:
    found = await session.execute(select(customer.c.id).where(customer.c.external_id == external_id))
    identity: UUID = found.scalar_one()
    return identity
