"""A turn at a job without an engine: for the command line, which does the work in its own process."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


class LocalRun:
    """Nobody else takes it up, so there is nothing to hold."""

    def __init__(
        self, tenant_id: UUID, job_id: UUID, subject_id: UUID, show: Callable[[int, int | None], None]
    ) -> None:
        self.tenant_id = tenant_id
        self.job_id = job_id
        self.subject_id = subject_id
        self._show = show

    async def report(self, done: int, total: int | None = None) -> None:
        self._show(done, total)

    async def hold(self, session: AsyncSession) -> None:
        return
