"""The job that erases a person: one transaction over every table, then Redis, then the receipt."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.cache.forgetting import Forgotten
from api.events.ingest_repository import lock_ingest
from api.jobs.contracts import JobRun
from api.jobs.repository import set_summary
from api.metrics.repository import raise_revision
from api.privacy import erasing_repository, file_repository, request_repository
from api.privacy.contracts import DONE, SYSTEM, Counted, Person, RequestRecord
from api.privacy.person_repository import REACHED, find_person
from api.privacy.words import Words, in_file
from api.streams.hub import Hub
from models.database import Database
from models.personal import Fate

Forget = Callable[[UUID, UUID], Awaitable[Forgotten | None]]
CUSTOMER = "customer"


class Erasure:
    def __init__(self, database: Database, hub: Hub, forget: Forget, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._forget = forget
        self._now = now

    async def run(self, job: JobRun) -> None:
        """Another turn finds the person gone, and goes on with Redis."""
        customer_id = await self._erase(job)
        if customer_id is None:
            return
        forgotten = await self._forget(job.tenant_id, customer_id)
        async with self._database.unit_of_work(job.tenant_id) as session:
            revision = await raise_revision(session, job.tenant_id)
        await self._hub.announce(job.tenant_id, revision)
        await self._finish(job, forgotten)

    async def _erase(self, job: JobRun) -> UUID | None:
        tenant_id = job.tenant_id
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            await job.hold(session)
            await lock_ingest(session, tenant_id)
            request = await request_repository.get_request(session, tenant_id, job.subject_id)
            if request is None or request.state == DONE or request.customer_id is None:
                return None
            found = await find_person(session, tenant_id, request.customer_id, self._now())
            if found is not None:
                receipt = await self._erase_everywhere(session, tenant_id, *found)
                # It is blanked with all that the person's own id stands in, and is needed for Redis.
                await request_repository.update_request(
                    session,
                    tenant_id,
                    request.id,
                    customer_id=request.customer_id,
                    receipt=[line.to_json() for line in receipt],
                )
            return request.customer_id

    async def _erase_everywhere(
        self, session: AsyncSession, tenant_id: UUID, person: Person, words: Words
    ) -> list[Counted]:
        """The customer's own row last: others point to it."""
        await erasing_repository.insert_erased(session, tenant_id, person, self._now())
        lines = [await self._files(session, tenant_id, person)]
        for name in sorted(REACHED, key=lambda name: name == CUSTOMER):
            place = REACHED[name]
            if name != "import_chunk":
                count = await erasing_repository.erase(session, tenant_id, name, place, person, words)
                lines.append(Counted(name, place.fate.value, count))
        return lines

    async def _files(self, session: AsyncSession, tenant_id: UUID, person: Person) -> Counted:
        """An upload that may hold the person goes as a whole; its sender can send it again without them."""
        count, words = 0, in_file(person)
        for import_id, file_format, chunks in await file_repository.list_files(session, tenant_id):
            unread = file_format not in file_repository.READABLE
            if unread or await file_repository.holds_any(session, tenant_id, import_id, words):
                await file_repository.delete_file(session, tenant_id, import_id)
                count += chunks
        return Counted("import_chunk", Fate.DELETED.value, count)

    async def _finish(self, job: JobRun, forgotten: Forgotten | None) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            request = await request_repository.get_request(session, job.tenant_id, job.subject_id)
            if request is None or request.state == DONE:
                return
            await self._close(session, job, request, forgotten)

    async def _close(
        self, session: AsyncSession, job: JobRun, request: RequestRecord, forgotten: Forgotten | None
    ) -> None:
        now = self._now()
        redis = [
            Counted("redis.cache", Fate.DELETED.value, None if forgotten is None else forgotten.answers),
            Counted("redis.streams", Fate.DELETED.value, None if forgotten is None else forgotten.entries),
        ]
        receipt = [*request.receipt, *(line.to_json() for line in redis)]
        await request_repository.update_request(
            session, job.tenant_id, request.id, customer_id=None, state=DONE, receipt=receipt, finished_at=now
        )
        counts = {line["place"]: line["count"] for line in receipt if line["count"]}
        details = {"request": str(request.id), "counts": counts}
        await insert_entry(session, job.tenant_id, at=now, actor=SYSTEM, action="customer.erased", details=details)
        summary = f"A person was erased: {sum(counts.values()):,} rows in {len(counts)} places."
        await set_summary(session, job.tenant_id, job.job_id, summary)
