"""The job that puts everything held about a person into one file of JSON."""

from collections.abc import Callable
from datetime import datetime

import orjson

from api.jobs.contracts import JobRun
from api.jobs.repository import set_summary
from api.privacy import person_repository, request_repository
from api.privacy.contracts import DONE, FILE_KEPT, Counted
from models.database import Database


class DataExport:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def run(self, job: JobRun) -> None:
        tenant_id, now = job.tenant_id, self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            await job.hold(session)
            request = await request_repository.get_request(session, tenant_id, job.subject_id)
            if request is None or request.state == DONE or request.customer_id is None:
                return
            found = await person_repository.find_person(session, tenant_id, request.customer_id, now)
            if found is None:
                return  # erased meanwhile
            held = {
                name: await person_repository.list_rows(session, tenant_id, name, place, *found)
                for name, place in person_repository.SHOWN.items()
            }
            document = {"asOf": now, "customer": found[0].external_id, "held": held}
            receipt = [Counted(name, "exported", len(rows)).to_json() for name, rows in held.items()]
            await request_repository.update_request(
                session,
                tenant_id,
                request.id,
                state=DONE,
                file=orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=str),
                file_until=now + FILE_KEPT,
                receipt=receipt,
                finished_at=now,
            )
            rows = sum(map(len, held.values()))
            await set_summary(session, tenant_id, job.job_id, f"{rows:,} rows about one person are in a file.")
