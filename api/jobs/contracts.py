"""Long work: what a slice gives to the engine, and what the engine gives to the work."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


class JobCancelledError(Exception):
    """Somebody asked for the job's end. The work lets it pass through; what is committed stays."""


class FencedError(Exception):
    """Another worker has taken the job up since: this one's writes are refused."""


class JobRun(Protocol):
    """One worker's turn at a job."""

    @property
    def tenant_id(self) -> UUID: ...

    @property
    def job_id(self) -> UUID: ...

    @property
    def subject_id(self) -> UUID: ...

    async def report(self, done: int, total: int | None = None) -> None:
        """Shows how far the work is. Raises JobCancelledError when its end was asked for."""

    async def hold(self, session: AsyncSession) -> None:
        """First in every transaction of the work: raises FencedError when this turn is over, and keeps another worker
        from taking the job up before the transaction ends."""


JobHandler = Callable[[JobRun], Awaitable[None]]
"""Does the work, again from where it was when an earlier worker died. What it raises becomes the job's fault."""
